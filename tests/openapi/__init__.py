"""Services examined by schemathesis against what their OpenAPI documents say of them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drf_spectacular.validation import validate_schema

from ops.quality import slow

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
ROOT = Path(__file__).resolve().parents[2]
# Two for each operation, and besides, where there is the time, those at the edges of every input.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "2")
PHASES = "coverage,fuzzing,stateful" if slow.is_wanted() else "fuzzing,stateful"


def examine(url: str, token: str, *, without: str = "") -> None:
    """Asks a running service what its document allows, and what it does not (under `ops/test --all` also
    at the edges of every input); all checks.

    `without` is a pattern of paths that are left alone. Fails with what schemathesis found.
    """
    schemathesis = str(Path(sys.executable).parent / "schemathesis")
    command = [schemathesis, "--config-file", str(CONFIGURATION), "run"]
    command += [f"{url}/api/schema/?format=json", "--checks", "all", "--no-color"]
    command += ["--phases", PHASES, "--max-examples", EXAMPLES]
    command += ["--header", f"Authorization: Bearer {token}", "--continue-on-failure"]
    command += ["--exclude-path-regex", without] if without else []
    with TemporaryDirectory() as folder:  # it keeps what it has learnt where it is started
        ended = _run(command, folder)
    print(ended.stdout, ended.stderr)
    assert ended.returncode == 0


def _run(command: list[str], folder: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.openapi.hooks"},
        capture_output=True,
        text=True,
        timeout=900,
    )


def described(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation of a document by its method and path; fails where the document is not OpenAPI 3.1,
    or a path and its parameters do not go together."""
    validate_schema(document)
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    for name, operation in operations.items():
        named = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", name)), name
    return operations


def tells_failures(operation: dict[str, Any], *statuses: int) -> None:
    """Fails where an operation does not tell each of these statuses as a problem."""
    for status in statuses:
        content = operation["responses"][str(status)]["content"]
        assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
