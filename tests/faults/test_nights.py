"""Night after night with an answer that cannot be read: real workers, and the settings as they come.

A night asks three times, a minute apart, for what failed: this takes five minutes, so that CI leaves it
out: `FAULTS=all ops/test tests/faults/test_nights.py`.
"""

import os
from collections.abc import Iterator
from typing import Any

import pymongo
import pytest

from fixtures import cast
from tests.faults.test_runs import ended, start, state
from tests.stack import Analyst, Stack, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(os.environ.get("FAULTS") != "all", reason="takes minutes: FAULTS=all"),
]

MARIA, CARLOS = cast.MARIA.cpf, cast.CARLOS.cpf


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("nights"), customers=50) as started:
        yield started


@pytest.fixture(scope="module")
def analyst(stack: Stack) -> Analyst:
    """A machine client of this stack's portal."""
    return Analyst(stack, stack.session("portal"))


def call_their_transactions(stack: Stack, kind: str, *cpfs: str) -> None:
    """What other systems write into Capa's store comes as it is; no kind but two is known."""
    with pymongo.MongoClient[dict[str, Any]](stack.state["engines"]["mongo_url"]) as client:
        rows = client["capa_db"]["FinancialTransactions"]
        assert rows.update_many({"cpf": {"$in": cpfs}}, {"$set": {"type": kind}}).modified_count


def night(stack: Stack) -> tuple[object, int]:
    """A whole night; how it ended, and how many dossiers were partial."""
    run_id = start(stack)
    totals = ended(stack, run_id)
    return state(stack, run_id), totals["partial"]


def block(analyst: Analyst, cpf: str) -> tuple[str, str, str | None, str | None]:
    """What a dossier says of Capa: completeness, presence, origin, error."""
    url = f"{analyst.stack.url('portal')}/api/customers-dossiers/search/"
    dossier = analyst.session.post(url, json={"cpf": cpf}, timeout=15).json()
    told = dossier["blocks"]["capa"]
    return dossier["completeness"], told["presence"], told["origin"], told["error_code"]


def test_a_bad_answer_is_told_every_night_until_it_is_mended(stack: Stack, analyst: Analyst) -> None:
    call_their_transactions(stack, "Loan", MARIA)
    assert night(stack) == ("partial", 1)
    assert block(analyst, MARIA) == ("partial", "missing", None, "bad_answer")
    assert block(analyst, CARLOS) == ("complete", "found", "live", None)
    call_their_transactions(stack, "Loan", CARLOS)
    assert night(stack) == ("partial", 2)
    assert block(analyst, MARIA) == ("partial", "missing", None, "bad_answer")
    assert block(analyst, CARLOS) == ("partial", "found", "carried", "bad_answer")
    call_their_transactions(stack, "Debit", MARIA, CARLOS)
    assert night(stack) == ("complete", 0)
    for cpf in (MARIA, CARLOS):
        assert block(analyst, cpf) == ("complete", "found", "live", None)
