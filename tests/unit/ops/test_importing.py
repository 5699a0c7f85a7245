"""Importing changes nothing: neither this process's environment nor anything else that one can see."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.engines.processes import built
from ops.quality.checks import PLACEHOLDERS
from ops.quality.services import SERVICES, SETTINGS
from ops.stack.config import ROOT

# What is loaded in order to begin something: these load the settings.
ENTRY_POINTS = ("orchestrator.celery", "ops.service.gunicorn", "portal.wsgi", "tests.conftest")
SHARED = ("ops", "fixtures", "tests.stack", "tests.bench", "tests.faults", "tests.fakes")

LOOK = """
import logging, os, pkgutil, signal, sys, threading
from importlib import import_module

environ = dict(os.environ)
import django
django.setup()
environ["TZ"] = os.environ["TZ"]  # Django's own doing

def seen():
    umask = os.umask(0)
    os.umask(umask)
    return {
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "threads": threading.enumerate(),
        "logging": (logging.root.level, logging.root.handlers[:]),
        "folder": (os.getcwd(), umask),
    }

before = seen()
entry_points, packages = sys.argv[1].split(","), sys.argv[2:]
count = 0
for name in packages:
    package = import_module(name)
    modules = [each.name for each in pkgutil.walk_packages(getattr(package, "__path__", []), f"{name}.")]
    for module in modules:
        if module not in entry_points and not module.endswith((".wsgi", ".conftest")):
            import_module(module)
            count += 1
assert dict(os.environ) == environ, set(os.environ.items()) ^ set(environ.items())
assert seen() == before, (seen(), before)
print(count)
"""


def packages(service: str) -> tuple[str, ...]:
    own = ("orchestrator", "portal", "celeryconfig", "manage") if service == "portal" else ()
    return own + SHARED if own else ("sources.common", f"sources.{service}")


@pytest.mark.parametrize("service", SERVICES)
def test_importing_every_module_beside_a_stack_changes_nothing(service: str, tmp_path: Path) -> None:
    (tmp_path / "stack.env").write_text("SOURCE_ALPHA_CLIENT_ID=of-the-stack\nBREAKER_OPEN_SECONDS=77\n")
    (tmp_path / ".env").write_text("NIGHTLY_AT=02:00\n")
    own = {"SERVICE": service, "DJANGO_SETTINGS_MODULE": SETTINGS[service]}
    files = {"STACK_DIR": str(tmp_path), "ENV_FILE": str(tmp_path / ".env")}
    given = {name: value for name, value in PLACEHOLDERS.items() if not name.startswith("SOURCE_")}
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, ",".join(ENTRY_POINTS), *packages(service)],
        cwd=ROOT,
        env=built(os.environ, **given, **own, **files),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert looked.returncode == 0, looked.stderr[-3000:]
    assert int(looked.stdout) > 15
