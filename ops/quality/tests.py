"""`ops/test`: starts the engines, runs pytest once per service, side by side, and sums up.

`--all` also runs the tests marked `slow`, and gives the searching ones more examples.
"""

import os
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET  # nosec B405  # reads what pytest wrote
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ops.engines.processes import built
from ops.quality.routing import route, workers
from ops.quality.slow import EVERYTHING, LEFT_OUT
from ops.stack.config import ROOT

NO_TESTS = 5  # pytest's exit status when it collected nothing
# What tests read of the environment of who runs them.
KNOBS = ("PYTEST_ADDOPTS", "FAULTS", "FAULT_ROUNDS", "INVARIANT_EXAMPLES", "SCHEMATHESIS_EXAMPLES")


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many tests ended how; an error counts as failed, and what was left out as slow is no skip."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    slow: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            passed=self.passed + other.passed,
            failed=self.failed + other.failed,
            skipped=self.skipped + other.skipped,
            slow=self.slow + other.slow,
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def main(arguments: list[str]) -> int:
    """Runs what the arguments ask for; the exit status is 0 only when something ran and nothing failed."""
    signal.signal(signal.SIGTERM, _interrupt)
    everything = {EVERYTHING: "1"} if "--all" in arguments else {}
    runs = route([argument for argument in arguments if argument != "--all"])
    try:
        with _engines(everything) as environ:
            results = _run_all(runs, environ)
    except KeyboardInterrupt:
        return 130
    except ChildProcessError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    total = sum((counts for _, counts in results), Counts())
    print(f"\n{total}")
    if total.slow:
        print(f"{total.slow} slow ones were left out: `ops/test --all` runs them too.")
    return verdict([status for status, _ in results])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def verdict(statuses: list[int]) -> int:
    """One exit status for all runs: the first failure, else 0; NO_TESTS where nothing ran at all."""
    failures = [status for status in statuses if status not in (0, NO_TESTS)]
    if failures:
        return failures[0]
    return 0 if 0 in statuses else NO_TESTS


def _run_all(runs: Mapping[str, list[str]], environ: Mapping[str, str]) -> list[tuple[int, Counts]]:
    """The last service's tests (the portal's) are shown as they run, the others' when those are over."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = [
            (service, _start(service, chosen, environ, folder, shown=service == list(runs)[-1]))
            for service, chosen in runs.items()
        ]
        try:
            return [_ended(service, process, folder) for service, process in reversed(started)]
        finally:
            for _, process in started:
                process.terminate()
                process.wait()


def _start(
    service: str, arguments: list[str], environ: Mapping[str, str], folder: Path, *, shown: bool
) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "pytest", "-p", "ops.quality.browser", "-p", "ops.quality.slow"]
    command += [f"--junitxml={folder / service}.xml", *workers(arguments), *arguments]
    with (folder / f"{service}.txt").open("wb") as kept:
        if shown:
            print(f"\n== tests of {service} ==", flush=True)
        return subprocess.Popen(
            command, cwd=ROOT, env={**environ, "SERVICE": service}, stdout=None if shown else kept
        )


def _ended(service: str, process: "subprocess.Popen[bytes]", folder: Path) -> tuple[int, Counts]:
    """Waits, and shows what was kept."""
    status = process.wait()
    if told := (folder / f"{service}.txt").read_text(errors="replace"):
        print(f"\n== tests of {service} ==\n{told}", end="", flush=True)
    return status, count(folder / f"{service}.xml")


def count(report: Path) -> Counts:
    """The numbers of a JUnit report; a run that left none failed before its first test."""
    if not report.exists():
        return Counts(failed=1)
    root = ET.parse(report).getroot()  # noqa: S314  # nosec B314  # pytest wrote it
    suites = list(root.iter("testsuite"))
    number = {key: sum(int(suite.get(key, 0)) for suite in suites) for key in _KEYS}
    failed = number["failures"] + number["errors"]
    slow = sum(each.get("message", "").startswith(LEFT_OUT) for each in root.iter("skipped"))
    return Counts(
        passed=number["tests"] - failed - number["skipped"],
        failed=failed,
        skipped=number["skipped"] - slow,
        slow=slow,
    )


_KEYS = ("tests", "failures", "errors", "skipped")


@contextmanager
def _engines(told: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment that tests run with, with what they are told, and its engines running meanwhile."""
    folder = Path(os.environ.get("STACK_DIR") or ROOT / ".local").resolve() / "test"
    print(f"Starting the engines in {folder} …", flush=True)
    engines = subprocess.Popen(
        [sys.executable, "-m", "ops.engines", "run", "--dir", str(folder)],
        cwd=ROOT,
        env=built(os.environ),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        if not engines.stdout or not engines.stdout.readline():
            raise ChildProcessError("The engines did not start.")
        given = dict(line.split("=", 1) for line in (folder / "stack.env").read_text().splitlines())
        knobs = {name: os.environ[name] for name in KNOBS if name in os.environ}
        # A developer's .env says where their own databases are; tests stay away from those.
        yield built(os.environ, **given, **knobs, **told, STACK_DIR=str(folder), ENV_FILE=os.devnull)
    finally:
        engines.terminate()
        engines.wait(timeout=60)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
