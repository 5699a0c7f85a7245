"""Breaks the code on purpose, one break at a time, where runs once told an untruth: does the state machine of
runs notice? `python -m tests.mutants [NAME…]` in an environment that `ops/up` or `ops/check` has made; takes
a minute or two each, and fails where a break is not noticed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ops.stack.config import ROOT

MACHINE = "tests/integration/runs/test_run_invariants.py"
EXAMPLES = "40"  # lives of runs; most breaks are met in the first few


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A break: what stands in a file, and what stands there instead."""

    file: str
    was: str
    becomes: str


MUTANTS = {
    "a bad answer's hash is kept": Mutant(
        file="orchestrator/batch/work/deciding.py",
        was="_kept(decision, _text(decision.provenance), None)",
        becomes="_kept(decision, _text(decision.provenance), self._hash(person))",
    ),
    "a missing key is taken for somebody erased": Mutant(
        file="orchestrator/batch/people.py",
        was="found.locked[pk] = error.code",
        becomes="found.erased.add(pk)",
    ),
    "calls from before a pause count": Mutant(
        file="orchestrator/batch/schedule/lifecycle.py",
        was="return run.resumed_at is not None and began_at <= run.resumed_at",
        becomes="return False",
    ),
    "a lease that ran out counts as a death": Mutant(
        file="orchestrator/batch/schedule/sending.py",
        was="update(state=Chunk.State.WAITING, lease_until=None, due_at=None)",
        becomes='update(state=Chunk.State.WAITING, lease_until=None, deaths=F("deaths") + 1)',
    ),
    "who is poisoned is in no total": Mutant(
        file="orchestrator/batch/schedule/splitting.py",
        was="        ended_at=Now(),\n        **asdict(totals),\n",
        becomes="        ended_at=Now(),\n",
    ),
    "a chunk counts for what it counted after it moved": Mutant(
        file="orchestrator/batch/schedule/splitting.py",
        was="counts.move(chunk.run_id, counts.of_chunk(chunk), after",
        becomes="chunk.refresh_from_db()\n    counts.move(chunk.run_id, counts.of_chunk(chunk), after",
    ),
}


def is_noticed(mutant: Mutant, folder: Path) -> bool:
    """Whether a test fails on a copy of the code with this break."""
    copy = folder / "code"
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".local", ".git", "__pycache__", ".*_cache")
    )
    path = copy / mutant.file
    text = path.read_text()
    assert text.count(mutant.was) == 1, f"{mutant.file} has changed: this break needs another place"
    path.write_text(text.replace(mutant.was, mutant.becomes))
    environ = os.environ | {"DOSSIER_VENV": sys.prefix, "INVARIANT_EXAMPLES": EXAMPLES}
    done = subprocess.run(
        ["ops/test", MACHINE, "-q"], cwd=copy, env=environ, capture_output=True, text=True, check=False
    )
    assert " failed" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
    return "0 failed" not in done.stdout.splitlines()[-1]


def main(names: list[str]) -> int:
    """Tries the breaks of these names, or all; 1 where one was not noticed."""
    unnoticed = 0
    for name in names or MUTANTS:
        with tempfile.TemporaryDirectory() as folder:
            noticed = is_noticed(MUTANTS[name], Path(folder))
        unnoticed += not noticed
        print(f"{'noticed    ' if noticed else 'NOT NOTICED'}  {name}", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
