"""What a process that we start is given: built for it, never inherited."""

import re

import pytest

from ops.engines.processes import built
from ops.service import env
from ops.stack import up
from ops.stack.config import ROOT, read_stack
from tests import stack as whole

MACHINE = {
    "PATH": "/bin",
    "HOME": "/home/ana",
    "LC_ALL": "C.UTF-8",
    "https_proxy": "http://proxy",
    "CI": "true",
}
# What a terminal may hold that has seen another stack.
STRANGERS = {
    "SOURCE_ALPHA_CLIENT_ID": "of-another-stack",
    "DATABASE_URL": "postgres://another/",
    "SERVICE": "alpha",
    "DJANGO_SETTINGS_MODULE": "sources.alpha.settings",
    "GUNICORN_CMD_ARGS": "--workers 9",
    "DOSSIER_STACK": "/another",
}
# A name that is read: env.int("NAME", …), required("NAME", …), environ.get("NAME").
READ = re.compile(
    r"""(?:env\.\w+|required|_count|environ\.get|read)\(\s*(?:environ, )?f?["']([A-Z{][\w{}.()]*)"""
)
# Told by a command to its child, of the machine, and of a WSGI request.
NO_SETTINGS = {"DEMO_ACCOUNTS", "SERVICE", "CI", "HTTP_TRANSFER_ENCODING", "PATH_INFO"}


def test_a_child_gets_what_tells_of_the_machine_and_what_it_is_given() -> None:
    assert built(MACHINE | STRANGERS, SERVICE="beta") == MACHINE | {"SERVICE": "beta"}


def test_a_stack_of_tests_takes_nothing_of_another_one(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for name, value in STRANGERS.items():
        monkeypatch.setenv(name, value)
    assert not set(STRANGERS) & set(whole.environment(tmp_path))


def test_the_stack_s_processes_get_the_settings_that_its_person_gave(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    for name, value in STRANGERS.items():
        monkeypatch.setenv(name, value)
    told = {"BREAKER": "off", "SOURCE_EPSILON_AT_ONCE": "3", "SERVICE": "alpha", "EDITOR": "ed"}
    environ = up.environment(read_stack({"STACK_DIR": str(tmp_path)}), told)
    assert {name: environ.get(name) for name in told} == told | {"SERVICE": None, "EDITOR": None}
    assert environ["DOSSIER_STACK"] == str(tmp_path)
    assert "SOURCE_ALPHA_CLIENT_ID" not in environ


def test_every_setting_that_is_read_is_in_the_example() -> None:
    """What is not there would not reach the stack's processes."""
    code = [ROOT / "celeryconfig.py"]
    for package in ("ops", "orchestrator", "portal", "sources"):
        code += (ROOT / package).rglob("*.py")
    read = {
        name.replace("{prefix}", "SOURCE_ALPHA") for path in code for name in READ.findall(path.read_text())
    }
    names = {re.sub(r"\{.*?\}", "ALPHA", name) for name in read}
    names |= {*env.SECRETS, *(f"{name}_FILE" for name in env.SECRETS)}
    assert {"SOURCE_ALPHA_CLIENT_ID", "ALPHA_DATABASE_URL", "BROKER_URL", "FAULT_DRILL"} < names
    assert names - NO_SETTINGS - set(env.settings_of(dict.fromkeys(names, "x"))) == set()
