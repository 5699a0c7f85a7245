"""Services examined by schemathesis against what their OpenAPI documents say of them."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
# Two for each operation, besides those at the edges of every input; more where somebody has the time.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "2")


def examine(url: str, token: str, *, without: str = "") -> None:
    """Asks a running service everything that its document allows, and what it does not; all checks.

    `without` is a pattern of paths that are left alone. Fails with what schemathesis found.
    """
    command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", "schemathesis.toml", "run"]
    command += [f"{url}/api/schema/?format=json", "--checks", "all", "--max-examples", EXAMPLES, "--no-color"]
    command += ["--header", f"Authorization: Bearer {token}", "--continue-on-failure"]
    command += ["--exclude-path-regex", without] if without else []
    ended = subprocess.run(
        command,
        cwd=FOLDER,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.openapi.hooks"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    print(ended.stdout, ended.stderr)
    assert ended.returncode == 0
