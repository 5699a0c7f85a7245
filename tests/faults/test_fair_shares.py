"""One client that asks for many eats nobody else's share of what a source lets through."""

import time
from pathlib import Path

import pytest

from tests.faults.load import people
from tests.stack import Analyst, running

pytestmark = pytest.mark.e2e

PER_SECOND = 2  # calls that Beta is asked
ASKS = 70  # which take longer than a build may
SECONDS = 25.0  # turns, each beside one of the other's, and then a few stand before the limit


@pytest.mark.slow("a stack of its own")
def test_who_asks_for_a_few_people_waits_for_turns_and_not_for_another_s_many(tmp_path: Path) -> None:
    slow = {"SOURCE_BETA_PER_SECOND": str(PER_SECOND)}
    with running(tmp_path, slow) as stack:
        flooding = Analyst.of(stack, "dossier:read", "dossier:request")
        other = Analyst.of(stack, "dossier:read", "dossier:request")
        receipts = [flooding.ask(cpf) for cpf in people(seed=1, number=ASKS)]
        began = time.monotonic()
        few = [other.ask(cpf) for cpf in people(seed=2, number=5)]
        ended = [other.follow(each)["state"] for each in few]
        took = time.monotonic() - began
        left = [each for each in receipts if flooding.status(each)["state"] in ("queued", "running")]
        assert ended == ["complete"] * len(few)
        assert (took < SECONDS, bool(left)) == (True, True), (took, len(left))
        assert {flooding.follow(each, seconds=120)["state"] for each in receipts} == {"complete"}
