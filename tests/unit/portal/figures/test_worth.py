"""What a person has and declares to earn, and what debts leave of it, worked by hand."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator.records.dossiers import Provenance
from portal.figures.records import Known
from tests.unit.portal import cast
from tests.unit.portal.figures.people import (
    Rows,
    by_month,
    carried,
    debt,
    figure,
    holding,
    not_found,
    person,
    reckoned,
    without,
)


@pytest.mark.parametrize(
    ("rows", "owned", "left_out"),
    [
        ([], "0.00", 0),
        ([holding("380000.00", "Apartamento"), holding("45900.00")], "425900.00", 0),
        ([holding("45900.00"), holding("45900.00")], "91800.00", 0),  # two cars of one price
        ([holding("10.00"), holding(None), holding("-5.00")], "10.00", 2),
    ],
)
def test_assets_and_declared_income_are_sums(rows: Rows, owned: str, left_out: int) -> None:
    view = person(patrimonies=rows, sources_income=rows)
    for key in ("assets", "declared_income"):
        assert figure(view, key).value == Decimal(owned)
        assert sum(each.rows for each in figure(view, key).left_out) == left_out


def test_net_worth_is_assets_less_debts_and_may_be_negative() -> None:
    view = person(patrimonies=[holding("1000.00")], debts=[debt("1500.50"), debt("9.00", "2001-01-01")])
    net = figure(view, "net_worth")
    assert net.value == Decimal("-500.50")
    assert [(each.rows, each.amount) for each in net.left_out] == [(1, None)]
    assert [part.section for part in net.basis] == ["patrimonies", "debts"]


@pytest.mark.parametrize("source", ["alpha", "beta"])
def test_net_worth_is_unknown_where_either_side_is(source: str) -> None:
    net = figure(cast.missing(person(), source, "timeout"), "net_worth")
    assert (net.value, net.left_out) == (None, ())
    assert net.unknown is not None
    assert source in net.unknown.pt.lower()


def test_whom_beta_does_not_know_has_nothing_declared_there() -> None:
    view = not_found(person(), "beta")
    assert figure(view, "assets").value == Decimal("0.00")
    assert figure(view, "declared_income").value == Decimal("0.00")
    assert figure(view, "assets").basis[0].known is Known.NOT_FOUND


@pytest.mark.parametrize(
    ("declared", "months", "sections"),
    [
        ("2000.00", "2.5", ["debts", "sources_income"]),
        ("3000.00", "1.7", ["debts", "sources_income"]),
        (None, "5.0", ["debts", "sources_income", "financial_transactions"]),  # of what was observed
    ],
)
def test_debt_is_told_in_months_of_income(declared: str | None, months: str, sections: list[str]) -> None:
    view = person(
        debts=[debt("5000.00")],
        sources_income=[holding(declared)] if declared else [],
        financial_transactions=by_month(
            ("2026-01", "7.00", "1.00"), ("2026-02", "1000.00", "1.00"), ("2026-03", "7.00", "1.00")
        ),
    )
    found = figure(view, "debt_in_months")
    assert found.value == Decimal(months)
    assert [part.section for part in found.basis] == sections


def test_without_any_income_debt_has_no_months() -> None:
    found = figure(person(debts=[debt("5000.00")]), "debt_in_months")
    assert found.value is None
    assert found.unknown is not None
    assert "Nenhuma renda" in found.unknown.pt


def test_where_declared_income_is_unknown_another_does_not_stand_in_for_it() -> None:
    rows = by_month(("2026-01", "7.00", "1.00"), ("2026-02", "1000.00", "1.00"), ("2026-03", "7.00", "1.00"))
    view = cast.missing(person(debts=[debt("5.00")], financial_transactions=rows), "beta", "timeout")
    found = figure(view, "debt_in_months")
    assert found.value is None
    assert found.unknown is not None
    assert "Beta" in found.unknown.pt


def test_a_figure_is_as_of_the_oldest_of_what_it_stands_on() -> None:
    view = person()
    earlier = cast.CHECKED - timedelta(days=3)
    provenance = {
        **view.provenance,
        "beta": Provenance(origin="carried", fetched_at=earlier, attempts=3, error_code="timeout"),
    }
    net = figure(replace(view, provenance=provenance), "net_worth")
    assert net.as_of == earlier
    assert net.stale == ("beta",)


def test_before_the_first_version_everything_is_unknown_and_never_asked() -> None:
    view = replace(person(), version=None, latest_version=None, blocks={}, provenance={})
    for each in reckoned(view).figures.values():
        assert (each.value, each.as_of) == (None, None)
        assert {part.known for part in each.basis} == {Known.NEVER_ASKED}


def test_a_section_that_was_never_asked_for_is_not_an_empty_one() -> None:
    found = figure(without(carried(person(), "beta"), "patrimonies"), "assets")
    assert found.value is None
    assert found.basis[0].known is Known.NEVER_ASKED
