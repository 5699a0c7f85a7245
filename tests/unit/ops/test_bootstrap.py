"""The shell part of the commands, with stand-ins for the Pythons of other machines."""

import os
import shutil
import subprocess

import pytest

from ops.stack.config import ROOT

BOOTSTRAP = ROOT / "ops/stack/bootstrap.sh"


@pytest.fixture
def machine(tmp_path):
    """A machine with bash and a few tools, and no Python yet."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    for tool in ("bash", "dirname", "cksum", "cat", "awk", "sed", "tail", "env", "flock"):
        (bin_dir / tool).symlink_to(shutil.which(tool))
    return tmp_path


def add_python(machine, name, *, supported, venv=True, version="Python 3.10.1"):
    """A stand-in that answers the three questions that the bootstrap asks."""
    script = machine / "bin" / name
    answers = {"version_info": supported, "ensurepip": venv}
    cases = "\n".join(f"  *{key}*) exit {0 if yes else 1};;" for key, yes in answers.items())
    script.write_text(f'#!/bin/bash\ncase "$*" in\n  -V) echo "{version}";;\n{cases}\nesac\n')
    script.chmod(0o755)


def run(machine, command):
    environ = {"PATH": str(machine / "bin"), "HOME": str(machine), "DOSSIER_VENV": str(machine / "venv")}
    return subprocess.run(
        ["bash", "-c", f"source {BOOTSTRAP}; {command}"], env=environ, capture_output=True, text=True
    )


def test_no_python_is_one_sentence(machine):
    done = run(machine, "make_venv")
    assert done.returncode != 0
    assert done.stderr.strip() == (
        "error: Python 3.11 to 3.14 is needed and no Python was found: install one, or name it in PYTHON."
    )


def test_another_python_is_named(machine):
    add_python(machine, "python3", supported=False)
    done = run(machine, "make_venv")
    assert done.returncode != 0
    assert "Python 3.10.1 was found" in done.stderr


def test_a_missing_venv_module_is_named_with_its_package(machine):
    add_python(machine, "python3", supported=True, venv=False)
    done = run(machine, "make_venv")
    assert done.returncode != 0
    assert "has no venv module" in done.stderr
    assert "python3-venv" in done.stderr


def test_of_several_pythons_the_newest_that_can_is_taken(machine):
    add_python(machine, "python3.11", supported=True)
    add_python(machine, "python3.12", supported=True)
    add_python(machine, "python3.13", supported=True, venv=False)
    add_python(machine, "python3.14", supported=False)  # a release candidate, say
    assert run(machine, "find_python").stdout.endswith("/bin/python3.12")


def test_the_python_that_is_named_goes_before_newer_ones(machine):
    add_python(machine, "python3.13", supported=True)
    add_python(machine, "mine", supported=True)
    assert run(machine, "PYTHON=mine find_python").stdout.endswith("/bin/mine")


def test_another_python_has_an_environment_of_its_own(machine):
    add_python(machine, "python3.12", supported=True, version="Python 3.12.4")
    add_python(machine, "python3.13", supported=True, version="Python 3.13.1")
    asked = "use_python 3.12; find_python; echo; echo $VENV_PYTHON; env"
    python, venv, *environ = run(machine, asked).stdout.splitlines()
    assert python.endswith("/bin/python3.12")
    assert venv == f"{ROOT}/.venv-3.12/bin/python"
    assert f"DOSSIER_VENV={ROOT}/.venv-3.12" in environ


@pytest.mark.parametrize("version", ["3.14", "3.1", "3.10"])
def test_a_python_that_is_not_here_is_one_sentence(machine, version):
    add_python(machine, "python3.13", supported=True, version="Python 3.13.1")
    done = run(machine, f"use_python {version}; make_venv")
    assert done.returncode != 0
    assert done.stderr.startswith(f"error: Python {version} was asked for and is not here")


def test_a_version_that_is_none_is_told_what_one_is(machine):
    assert "takes a version such as 3.13" in run(machine, "use_python newest").stderr


def test_a_folder_that_is_no_virtual_environment_is_left_alone(machine):
    (machine / "venv").mkdir()
    (machine / "venv" / "thesis.txt").write_text("years of work")
    add_python(machine, "python3", supported=True)
    done = run(machine, "make_venv")
    assert "not a virtual environment" in done.stderr
    assert (machine / "venv" / "thesis.txt").exists()


def test_a_matching_stamp_skips_the_installation(machine):
    python = machine / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/bash\n[ "$1" = -V ] && echo "Python 3.11.9" || { touch "$0.pip"; exit 1; }\n')
    python.chmod(0o755)
    stamp = 'printf "%s" "$(cksum requirements.txt) Python 3.11.9" >"$VENV/.installed"; '
    assert run(machine, stamp + "install_locked").returncode == 0
    assert not os.path.exists(f"{python}.pip")
    assert run(machine, 'echo other >"$VENV/.installed"; install_locked').returncode != 0


@pytest.mark.parametrize(
    ("setting", "value"), [("index-url", "https://index.example/simple"), ("cert", "/etc/house.pem")]
)
def test_what_pip_is_told_of_the_house_is_uv_s_too(machine, setting, value):
    python = machine / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    told = f"global.extra-index-url='file:///opt/more'\nglobal.cert-dir='/x'\nglobal.{setting}='{value}'"
    python.write_text(f'#!/bin/bash\necho "{told}"\n')
    python.chmod(0o755)
    assert run(machine, f"pip_says {setting}").stdout == f"{value}\n"
