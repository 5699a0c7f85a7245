"""A real OpenID Connect provider, django-oauth-toolkit's, as a process of its own.

`python -m tests.fakes.provider FOLDER REDIRECT_URI` prints its address and serves until it is stopped.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLIENT, SECRET, PASSWORD = "portal", "the portal's secret", "known at the provider"
# Whom it knows, and what it says of them besides their name.
PEOPLE: dict[str, dict[str, object]] = {
    "ana.silva": {"email": "Ana@bank.example", "email_verified": True},
    "unverified": {"email": "ana@bank.example", "email_verified": False},
    "rui": {},
    "new.one": {"email": "new@bank.example", "email_verified": True},
}


@contextmanager
def providing(folder: Path, redirect_uri: str) -> Iterator[str]:
    """The provider's address, while it runs."""
    command = [sys.executable, "-m", "tests.fakes.provider", str(folder), redirect_uri]
    root = Path(__file__).resolve().parents[3]
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, (folder / "provider.log").read_text()
        yield url
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()
