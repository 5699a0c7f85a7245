"""`ops/check`: formatter, linter, types, import contracts, Django's own checks. Needs no database."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ops.engines.processes import built
from ops.quality.services import OWN_TESTS, SERVICES, SETTINGS, existing
from ops.stack.config import ROOT

BIN = Path(sys.executable).parent
COMMON = ["ops", "orchestrator", "portal", "fixtures", "manage.py", "celeryconfig.py", "tests"]
SERVED = ["orchestrator", "portal", "sources", "ops/service", "manage.py", "celeryconfig.py"]
RUN_BY_PEOPLE = ["ops/engines", "ops/quality", "ops/stack", "ops/docs"]  # whose use is to run programs
# Settings want values; nothing is connected to while checking.
PLACEHOLDERS = {
    "SECRET_KEY": "only-for-checks-" + "x" * 50,
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "MONGO_URL": "mongodb://127.0.0.1:1/",
    "MASTER_KEYS": "k1:" + "A" * 43 + "=",
    "LOOKUP_KEY": "A" * 43 + "=",
} | {
    f"SOURCE_{name.upper()}_{part}": value
    for name in SERVICES[:3]
    for part, value in (("URL", "http://127.0.0.1:1"), ("CLIENT_ID", "x"), ("CLIENT_SECRET", "x"))
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One command, as one service or for all."""

    argv: list[str]
    service: str = "portal"
    environ: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"SERVICE={self.service} {shlex.join([Path(self.argv[0]).name, *self.argv[1:]])}"

    def passes(self) -> bool:
        """Runs it, its output shown as it comes."""
        print(f"\n→ {self}", flush=True)
        selected = {"SERVICE": self.service, "DJANGO_SETTINGS_MODULE": SETTINGS[self.service]}
        environ = built(os.environ, **PLACEHOLDERS, **selected, **self.environ, ENV_FILE=os.devnull)
        return subprocess.call(self.argv, cwd=ROOT, env=environ) == 0


def all_checks() -> Iterator[Check]:
    """Every check, the quick ones first."""
    yield Check(argv=[str(BIN / "ruff"), "format", "--check", "."])
    yield Check(argv=[str(BIN / "ruff"), "check", "."])
    yield Check(argv=[str(BIN / "lint-imports")])
    yield Check(argv=[sys.executable, "-m", "ops.quality.shape"])
    bandit = [str(BIN / "bandit"), "--quiet", "--recursive", "--configfile", "pyproject.toml"]
    yield Check(argv=[*bandit, *SERVED])
    yield Check(argv=[*bandit, "--skip", "B404,B603", *RUN_BY_PEOPLE])
    for service in SERVICES:
        yield from _django(service)
    for service in SERVICES:
        yield _types(service)


def _django(service: str) -> Iterator[Check]:
    manage = [sys.executable, "manage.py"]
    yield Check(argv=[*manage, "check"], service=service)
    # It would like to compare with a database, warns that there is none, and goes on.
    quiet = {"PYTHONWARNINGS": "ignore::RuntimeWarning"}
    yield Check(argv=[*manage, "makemigrations", "--check", "--dry-run"], service=service, environ=quiet)


def _types(service: str) -> Check:
    argv = [str(BIN / "mypy"), "--strict", "--cache-dir", f".mypy_cache/{service}"]
    if service == "portal":
        argv += existing(COMMON)
        argv += [part for own in OWN_TESTS.values() for part in ("--exclude", f"^{own}/")]
    else:
        argv += existing(["sources/common", f"sources/{service}", OWN_TESTS[service]])
    return Check(argv=argv, service=service)


def main() -> int:
    """Runs all checks, also after a failure, and names those that failed."""
    failed = [str(check) for check in all_checks() if not check.passes()]
    for name in failed:
        print(f"\nFAILED {name}")
    print(f"\n{len(failed)} checks failed" if failed else "\nAll checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
