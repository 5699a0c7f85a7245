"""A fourth source is one file and one registry line: done to a copy of the code, and looked at."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ops.service.env import database_url

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
PACKAGES = ("orchestrator", "portal", "ops", "tests", "fixtures")
FILES = ("manage.py", "celeryconfig.py", "pyproject.toml")
LAST_LINE = '    "orchestrator.clients.capa",\n'


def copy_of_the_code(folder: Path) -> Path:
    """The repository's code in a folder of its own."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, folder / file)
    return folder


def add_epsilon(code: Path) -> None:
    """One file, and one line."""
    shutil.copy(HERE / "epsilon.py", code / "orchestrator/clients/epsilon.py")
    registry = code / "orchestrator/clients/registry.py"
    before = registry.read_text()
    assert before.count(LAST_LINE) == 1
    registry.write_text(before.replace(LAST_LINE, LAST_LINE + LAST_LINE.replace("capa", "epsilon")))


def environment() -> dict[str, str]:
    """The tests' engines, with a database apart from that of the tests that run meanwhile."""
    server = urlsplit(database_url("delta"))
    own_database = urlunsplit(server._replace(path="/fourth_source_db"))
    return {**os.environ, "PORTAL_DATABASE_URL": own_database, "PYTEST_ADDOPTS": "", "SERVICE": "portal"}


def test_one_file_and_one_line_bring_a_source_to_the_api_and_the_pages(tmp_path: Path) -> None:
    code = copy_of_the_code(tmp_path)
    add_epsilon(code)
    command = [sys.executable, "-m", "pytest", "-q", "tests/integration/fourth_source/looked_at.py"]
    looked = subprocess.run(command, cwd=code, env=environment(), capture_output=True, text=True, timeout=240)
    assert looked.returncode == 0, looked.stdout[-4000:]
    assert "3 passed" in looked.stdout
