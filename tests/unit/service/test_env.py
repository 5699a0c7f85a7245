"""Where settings come from, and what counts as given."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.service.env import ROOT, env, fill, read

READ = """
from ops.service.env import load, required, stack_dir
load()
print(required("SECRET_KEY", ""), required("REDIS_URL", ""), stack_dir())
"""


def test_lines_may_be_quoted_exported_or_comments(tmp_path: Path) -> None:
    lines = ("A=1", "export B='two words'", 'C="x=y#z"', "# D=4", "", "E =5", "F='")
    (tmp_path / ".env").write_text("\n".join(lines))
    assert read(tmp_path / ".env") == {"A": "1", "B": "two words", "C": "x=y#z", "F": "'"}


def test_an_empty_line_of_a_file_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SECRET_KEY=\nREDIS_URL=")
    environ = {"SECRET_KEY": "", "REDIS_URL": "redis://here"}
    fill(environ, tmp_path / ".env")
    assert environ == {"SECRET_KEY": "", "REDIS_URL": "redis://here"}


def test_an_empty_variable_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "")
    monkeypatch.setenv("FETCH_MAX_ATTEMPTS", "")
    assert env.list("ALLOWED_HOSTS", default=["127.0.0.1"]) == ["127.0.0.1"]
    assert env.int("FETCH_MAX_ATTEMPTS", default=3) == 3


def test_the_environment_goes_before_env_and_env_before_the_stack_s_file(tmp_path: Path) -> None:
    (tmp_path / "stack.env").write_text("SECRET_KEY=stack\nREDIS_URL=redis://stack\n")
    (tmp_path / ".env").write_text(f"SECRET_KEY=\nREDIS_URL=redis://file\nSTACK_DIR={tmp_path}\n")
    asked = {"PATH": os.environ["PATH"], "ENV_FILE": str(tmp_path / ".env"), "SECRET_KEY": ""}

    def told(**environ: str) -> str:
        command = [sys.executable, "-c", READ]
        return subprocess.check_output(command, cwd=ROOT, env=asked | environ, text=True).strip()

    assert told() == f"stack redis://file {tmp_path}"
    assert told(REDIS_URL="redis://given") == f"stack redis://given {tmp_path}"
