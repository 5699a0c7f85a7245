"""A worker or a sweeper that lacks a setting stops at its start and names it."""

import os
import subprocess
import sys

import pytest

COMMANDS = {
    "worker": ["-m", "celery", "-A", "orchestrator", "worker", "-P", "solo", "-Q", "nowhere"],
    "sweeper": ["manage.py", "sweep"],
}


@pytest.mark.parametrize("process", COMMANDS)
def test_a_missing_setting_is_named(process: str) -> None:
    known = dict.fromkeys(("SOURCE_ALPHA_URL", "SOURCE_CAPA_URL"), "http://127.0.0.1:9")
    clients = [f"SOURCE_{name}_CLIENT" for name in ("ALPHA", "BETA", "CAPA")]
    secrets = {f"{client}_{part}": "x" for client in clients for part in ("ID", "SECRET")}
    environ = {**os.environ, **known, **secrets, "SOURCE_BETA_URL": "", "SERVICE": "portal"}
    started = subprocess.run(
        [sys.executable, *COMMANDS[process]], env=environ, capture_output=True, text=True, timeout=60
    )
    assert started.returncode != 0
    assert "SOURCE_BETA_URL is not set" in started.stderr
