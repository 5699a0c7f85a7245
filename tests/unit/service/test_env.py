"""Where settings come from, and what counts as given."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ops.service.env import ROOT, SECRETS, env, fill, read, required, secret

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


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private file with the master keys, which the settings name."""
    path = tmp_path / "master-keys"
    path.write_text("k1:secret\n")
    path.chmod(0o600)
    monkeypatch.setenv("MASTER_KEYS", "")
    monkeypatch.setenv("MASTER_KEYS_FILE", str(path))
    return path


def test_a_key_may_be_in_a_file(key_file: Path) -> None:
    assert required("MASTER_KEYS", "") == "k1:secret"


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o660, 0o640 | 0o001])
def test_a_file_of_keys_that_is_open_to_others_is_refused_without_its_content(
    key_file: Path, mode: int
) -> None:
    key_file.chmod(mode)
    with pytest.raises(ImproperlyConfigured, match=rf"is open to others \(mode 0{mode:o}\)") as refused:
        secret("MASTER_KEYS")
    assert "secret" not in str(refused.value)


def test_a_group_may_read_a_file_of_keys(key_file: Path) -> None:
    key_file.chmod(0o440)
    assert secret("MASTER_KEYS") == "k1:secret"


def test_a_file_of_keys_that_is_empty_missing_or_no_text_is_refused(key_file: Path) -> None:
    key_file.write_text("\n")
    with pytest.raises(ImproperlyConfigured, match="is empty"):
        secret("MASTER_KEYS")
    key_file.write_bytes(b"\xff")
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        secret("MASTER_KEYS")
    key_file.unlink()
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        secret("MASTER_KEYS")


def test_a_key_that_is_given_twice_is_refused(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEYS", "k1:other")
    with pytest.raises(ImproperlyConfigured, match="both given"):
        secret("MASTER_KEYS")


@pytest.mark.parametrize("name", SECRETS)
def test_a_key_that_is_given_in_either_way_hides_that_of_a_later_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "stack.env").write_text(f"{name}=generated\n")
    environ = {f"{name}_FILE": "/run/keys"}
    fill(environ, tmp_path / "stack.env")
    assert environ == {f"{name}_FILE": "/run/keys"}
    (tmp_path / ".env").write_text(f"{name}_FILE=/run/keys\n")
    environ = {name: "given"}
    fill(environ, tmp_path / ".env")
    assert environ == {name: "given"}


@pytest.mark.parametrize(("given", "amount"), [("", "600.00"), ("750", "750"), ("0.5", "0.5")])
def test_an_amount_is_a_decimal(monkeypatch: pytest.MonkeyPatch, given: str, amount: str) -> None:
    monkeypatch.setenv("MINIMO_EXISTENCIAL", given)
    assert env.amount("MINIMO_EXISTENCIAL", "600.00") == Decimal(amount)


@pytest.mark.parametrize("given", ["1,50", "-1", "1.234", "NaN", "1e3", "R$ 600"])
def test_what_is_no_amount_is_refused_with_its_name_and_an_example(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("MINIMO_EXISTENCIAL", given)
    with pytest.raises(ImproperlyConfigured, match=r"MINIMO_EXISTENCIAL .* 600\.00"):
        env.amount("MINIMO_EXISTENCIAL", "600.00")
