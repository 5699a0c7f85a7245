"""Runs side by side and runs through an outage, with the settings that everybody has, on real workers.

Each takes minutes, so that CI leaves them out: `FAULTS=all ops/test tests/faults/test_pace.py`.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from orchestrator.sealing.cpf import check_digits
from tests.fakes import source as fakes
from tests.fakes.source import FakeSource, serving
from tests.faults.account import database
from tests.stack import Stack, eventually, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.environ.get("FAULTS") != "all", reason="takes minutes: FAULTS=all"),
]

SOURCES = ("alpha", "beta", "capa")
PLACES = 2  # bulk calls at once at a source, by default
CHUNK = 1000
LIST = 8 * CHUNK
CALL_SECONDS = 12.0
OUTAGE_SECONDS = 90.0


@dataclass(frozen=True)
class Paced:
    """A stack with default settings, and the sources that its workers ask, in this process."""

    stack: Stack
    sources: dict[str, FakeSource]

    def upload(self, number: int) -> int:
        """Uploads a list of its own; gives the run's id."""
        rows = "\n".join(["cpf", *_cpfs(number)])
        answer = self.stack.session("portal").post(
            f"{self.stack.url('portal')}/api/runs/lists/",
            files={"file": (f"{number}.csv", rows.encode())},
            data={"purpose": "account_review"},
            timeout=60,
        )
        assert answer.status_code == 202, answer.text
        return int(answer.json()["run_id"])

    def ended(self, run_ids: list[int], seconds: float) -> dict[int, tuple[str, dict[str, int]]]:
        """State and totals of the runs once all have ended."""

        def look() -> dict[int, tuple[str, dict[str, int]]]:
            with database(self.stack) as cursor:
                cursor.execute(
                    "select id, state, totals from orchestrator_run"
                    " where id = any(%s) and finished_at is not null",
                    [run_ids],
                )
                return {run_id: (state, totals) for run_id, state, totals in cursor.fetchall()}

        return eventually(look, until=lambda over: len(over) == len(run_ids), seconds=seconds, every=0.5)


@pytest.fixture
def paced(tmp_path: Path) -> Iterator[Paced]:
    with ExitStack() as cleanup:
        sources = {name: cleanup.enter_context(serving(FakeSource(name, anyone=True))) for name in SOURCES}
        environ = {f"SOURCE_{name.upper()}_URL": fake.url for name, fake in sources.items()}
        for name, part in product(SOURCES, ("ID", "SECRET")):
            environ[f"SOURCE_{name.upper()}_CLIENT_{part}"] = name
        yield Paced(cleanup.enter_context(running(tmp_path, environ)), sources)


def _cpfs(number: int) -> list[str]:
    nines = [f"{10**8 + number * LIST + place:09d}" for place in range(LIST)]
    return [nine + check_digits(nine) for nine in nines]


def test_three_lists_at_once_share_the_places_and_ask_for_nobody_twice(paced: Paced) -> None:
    for fake in paced.sources.values():
        fake.delay = CALL_SECONDS
    own_seconds = 3 * LIST / CHUNK / PLACES * CALL_SECONDS
    began = time.monotonic()
    run_ids = [paced.upload(number) for number in range(3)]
    ended = paced.ended(run_ids, seconds=3 * own_seconds)
    took = time.monotonic() - began
    print(f"{took:.0f} s, {took / own_seconds:.2f} times the calls' own {own_seconds:.0f} s")
    assert {state for state, _ in ended.values()} == {"complete"}, ended
    assert [totals["new"] for _, totals in ended.values()] == [LIST] * 3
    for name, fake in paced.sources.items():
        asked = Counter(cpf for call in fake.calls for cpf in call)
        assert (len(asked), set(asked.values())) == (3 * LIST, {1}), name
    assert took <= 1.3 * own_seconds


def test_an_outage_of_a_source_makes_a_run_pause_and_everybody_is_complete_in_the_end(paced: Paced) -> None:
    alpha = paced.sources["alpha"]
    for fake in paced.sources.values():
        fake.delay = 0.2
    alpha.always = fakes.status(503)
    threading.Timer(OUTAGE_SECONDS, lambda: setattr(alpha, "always", None)).start()
    began = time.monotonic()
    run_id = paced.upload(0)
    ((state, totals),) = paced.ended([run_id], seconds=420).values()
    print(f"{time.monotonic() - began:.0f} s with {OUTAGE_SECONDS:.0f} s of outage: {state}, {totals}")
    assert (state, totals["new"]) == ("complete", LIST), totals
