"""Figures as the API answers them, and what its OpenAPI document says of them."""

import json
from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from orchestrator.records.dossiers import DossierView
from portal.figures import flags
from portal.figures.thresholds import Thresholds
from portal.payloads import figures_json
from tests.unit.portal import cast
from tests.unit.portal.figures.people import (
    by_month,
    carried,
    credit,
    debit,
    debt,
    holding,
    moved,
    person,
    reckoned,
)

RICH = person(
    debts=[debt("1000.00", "2026-01-01"), debt("5.00", None), debt("-1.00"), debt("7.00", "2001-01-01")],
    patrimonies=[holding("900.00")],
    sources_income=[holding("2000.00")],
    financial_transactions=[
        *by_month(*((f"2026-0{month}", "1000.00", "300.00") for month in range(1, 8))),
        moved("", "1.00", "2026-03-03"),
        debit("1.00", "2026-03-03", ""),
        credit(None, "2026-03-03"),
    ],
)


def answer(view: DossierView) -> dict[str, Any]:
    found = reckoned(view)
    raised = flags.raised(view, found, cast.REGISTERED, Thresholds())
    return figures_json.figures(view, found, raised)


@pytest.mark.parametrize(
    "view",
    [
        RICH,
        person(),
        cast.missing(RICH, "capa", "timeout"),
        cast.missing(RICH, "alpha", "timeout"),
        carried(RICH, "beta"),
    ],
    ids=["rich", "empty", "no capa", "no alpha", "stale beta"],
)
def test_figures_are_as_the_document_describes_them(view: DossierView) -> None:
    components = dict(SchemaGenerator().get_schema(request=None, public=True))
    body = answer(view)
    jsonschema.validate(body, {"$ref": "#/components/schemas/Figures", **components})
    assert json.loads(json.dumps(body)) == body
    assert set(body) == set(components["components"]["schemas"]["Figures"]["properties"])
    assert list(body["figures"]) == list(components["components"]["schemas"]["FigureSet"]["properties"])


def test_values_are_written_by_their_units() -> None:
    told = {key: figure["value"] for key, figure in answer(RICH)["figures"].items()}
    assert told == {
        "total_debt": "1005.00",
        "oldest_debt": "2026-01-01",
        "old_debts": 1,
        "assets": "900.00",
        "net_worth": "-105.00",
        "declared_income": "2000.00",
        "observed_income": "1000.00",
        "income_confidence": "medium",
        "debt_in_months": "0.5",
        "income_margin": "700.00",
        "months_negative": 0,
        "longest_gap": 30,
        "top_credits_share": "0.428",
    }


def test_what_is_unknown_is_null_and_says_why_in_both_languages() -> None:
    body = answer(cast.missing(RICH, "alpha", "timeout"))
    total = body["figures"]["total_debt"]
    assert (total["value"], total["basis"][0]["rows"], total["basis"][0]["known"]) == (None, None, "missing")
    assert "não respondeu" in total["unknown"]["pt"]
    assert "did not answer" in total["unknown"]["en"]
    assert body["debts_by_age"] is None


def test_that_there_is_no_oldest_debt_is_not_that_it_is_unknown() -> None:
    owing, failed = answer(person(debts=[])), answer(cast.missing(RICH, "alpha", "timeout"))
    told = [
        (body["figures"]["oldest_debt"]["value"], body["figures"]["oldest_debt"]["none"])
        for body in (owing, failed)
    ]
    assert told == [(None, True), (None, False)]


def test_what_is_left_out_is_told_with_its_amount_but_for_what_is_too_old() -> None:
    out = answer(RICH)["figures"]["total_debt"]["left_out"]
    assert [(each["rows"], each["amount"]) for each in out] == [(1, "-1.00"), (1, None)]


def test_flags_have_words_in_both_languages_and_a_section_or_none() -> None:
    raised = answer(carried(RICH, "beta"))["flags"]
    assert [(each["key"], each["tone"], each["section"]) for each in raised] == [
        ("negative_record", "bad", "debts"),
        ("net_worth_negative", "bad", "patrimonies"),
        ("income_apart", "warn", "sources_income"),
        ("block_stale", "warn", None),
    ]
    assert all(each["words"]["pt"] != each["words"]["en"] for each in raised)


def test_a_month_tells_what_days_it_covers() -> None:
    first, second, *_others = answer(RICH)["months"]
    assert (first["month"], first["since"], first["until"], first["whole"]) == (
        "2026-01",
        "2026-01-10",
        "2026-01-31",
        False,
    )
    assert (second["since"], second["until"], second["whole"], second["net"]) == (
        "2026-02-01",
        "2026-02-28",
        True,
        "700.00",
    )
    assert answer(RICH)["spending"][-1] == {"text": None, "rows": 1, "amount": "1.00"}
