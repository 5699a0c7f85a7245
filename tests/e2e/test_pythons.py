"""Every promised Python that this machine has runs the system: up, a dossier, a night, down."""

import json
import subprocess
import sys

import pytest

from tests.fakes.people import MARIA
from tests.stack import ROOT, running

PROMISED = ("3.11", "3.12", "3.13", "3.14")
THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


def path_of(version):
    """Where the commands would find a Python of this version; empty where there is none."""
    command = f"source ops/stack/bootstrap.sh; use_python {version}; find_python"
    return subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True).stdout


HERE = {version: path for version in PROMISED if version != THIS and (path := path_of(version))}


@pytest.mark.slow("installs and starts the system once for each Python")
@pytest.mark.parametrize("version", HERE)
def test_another_python_runs_the_system(version, tmp_path):
    environ = {"PYTHON": HERE[version], "DOSSIER_VENV": str(tmp_path / "venv")}
    python = str(tmp_path / "venv/bin/python")
    with running(tmp_path / "stack", environ, customers=20) as stack:
        assert f"Python {version}." in stack.run(python, "-V").stdout
        asked = stack.run(python, "manage.py", "dossier", MARIA, "--purpose", "credit_analysis")
        assert asked.returncode == 0, asked.stderr
        blocks = json.loads(asked.stdout)["blocks"]
        assert {block["presence"] for block in blocks.values()} == {"found"}
        night = stack.run(python, "manage.py", "refresh")
        assert night.returncode == 0, night.stderr
        assert stack.run("ops/status").returncode == 0
