"""One client that asks for many eats nobody else's share of what a source lets through."""

import time
from pathlib import Path

import pytest

from tests.faults.load import people
from tests.stack import Analyst, running

pytestmark = pytest.mark.e2e

PER_SECOND = 4  # calls that Beta is asked
ASKS = 100  # which is 25 seconds of that
SECONDS = 12.0  # a turn takes a quarter of one; then sixteen stand before a limit that lets four through


@pytest.mark.slow("a stack of its own")
def test_who_asks_for_one_person_waits_for_a_turn_and_not_for_another_s_hundred(tmp_path: Path) -> None:
    slow = {"SOURCE_BETA_PER_SECOND": str(PER_SECOND)}
    with running(tmp_path, slow) as stack:
        flooding = Analyst.of(stack, "dossier:read", "dossier:request")
        other = Analyst.of(stack, "dossier:read", "dossier:request")
        receipts = [flooding.ask(cpf) for cpf in people(seed=1, number=ASKS)]
        began = time.monotonic()
        ended = other.follow(other.ask(people(seed=2, number=1)[0]))
        took = time.monotonic() - began
        unfinished = [each for each in receipts if flooding.status(each)["state"] in ("queued", "running")]
        assert (ended["state"], bool(unfinished)) == ("complete", True)
        assert took < SECONDS
        states = {flooding.follow(each, seconds=120)["state"] for each in receipts}
        assert states == {"complete"}
