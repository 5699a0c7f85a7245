"""A source that answers nonsense costs its own block only, says why, and is a 500 nowhere."""

import pytest
import requests

from fixtures import cast
from tests.faults.inject import SOURCES, drilled
from tests.faults.scenarios import calm
from tests.stack import Analyst, Stack

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow("a dozen faults in turn on real workers; tests/contract gives each without them"),
]
GOOD_ASKS = 4  # between two faults, so that no circuit opens: here it is about one fault after the other
KINDS = {
    "not_json": "bad_answer",
    "wrong_shape": "bad_answer",
    "missing_key": "bad_answer",
    "nan": "bad_answer",
    "infinity": "bad_answer",
    "not_money": "bad_answer",
    "duplicate": "bad_answer",
    "other_cpf": "bad_answer",
    "deep": "bad_answer",
    "truncated": "bad_answer",
    "too_large": "too_large",
}


def test_each_kind_costs_one_block_and_is_told(stack: Stack, analyst: Analyst) -> None:
    calm(stack)
    for number, (kind, code) in enumerate(KINDS.items()):
        broken = SOURCES[number % len(SOURCES)]
        for _ in range(GOOD_ASKS):
            assert analyst.follow(analyst.ask(cast.MARIA.cpf, fresh=True))["state"] == "complete", kind
        with drilled(stack, broken, kind):
            ended = analyst.follow(analyst.ask(cast.MARIA.cpf, fresh=True))
        part = ended["sources"].pop(broken)
        assert (part["state"], part["origin"], part["error_code"]) == ("stale", "carried", code), kind
        assert [attempt["error_code"] for attempt in part["history"]] == [code] * 3, kind
        assert all(attempt["reason"] for attempt in part["history"]), "the reason is kept beside it"
        assert {other["state"] for other in ended["sources"].values()} == {"ok"}, kind
        assert (ended["state"], ended["outcome"]) == ("partial", "unchanged"), kind
        _nothing_is_lost(stack, analyst, ended["dossier_id"], ended["request_id"])


def _nothing_is_lost(stack: Stack, analyst: Analyst, dossier_id: int, request_id: str) -> None:
    dossier = analyst.dossier(dossier_id)
    for section in ("debts", "patrimonies", "sources_income", "financial_transactions"):
        assert dossier[section], section
    for path in (f"/api/dossier-requests/{request_id}/", "/api/sources/"):
        answer: requests.Response = analyst.session.get(stack.url("portal") + path, timeout=10)
        assert answer.status_code == 200
        assert cast.MARIA.cpf not in answer.text
