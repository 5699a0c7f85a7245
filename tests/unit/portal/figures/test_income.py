"""Income as the account shows it, worked by hand."""

from decimal import Decimal

import pytest

from portal.figures import cash_flow
from portal.figures.records import Level
from tests.unit.portal import cast
from tests.unit.portal.figures.people import by_month, figure, not_found, person


def earning(*came: str, went: str = "0.00") -> list[dict[str, object]]:
    """Credits of so many whole months, from February 2025 on, between two that are not whole."""
    numbered = [
        (f"{2025 + (index + 1) // 12}-{(index + 1) % 12 + 1:02}", value) for index, value in enumerate(came)
    ]
    last = len(came) + 1
    edges = [("2025-01", "9999.00"), (f"{2025 + last // 12}-{last % 12 + 1:02}", "9999.00")]
    return by_month(*((month, value, went) for month, value in (*numbered, *edges)))


@pytest.mark.parametrize(
    ("came", "income"),
    [
        (["1000.00"], "1000.00"),
        (["1000.00", "3000.00"], "2000.00"),
        (["1000.00", "1000.01"], "1000.00"),  # half a cent goes to the even one
        (["1000.00", "9000.00", "1200.00"], "1200.00"),
        (["1000.00", "0.00", "0.00"], "0.00"),
    ],
)
def test_observed_income_is_the_median_of_whole_months(came: list[str], income: str) -> None:
    found = figure(person(financial_transactions=earning(*came)), "observed_income")
    assert found.value == Decimal(income)
    assert [(each.rows, each.amount) for each in found.left_out] == [(4, Decimal("19998.00"))]


def test_a_month_without_a_transaction_is_a_month_of_nought() -> None:
    rows = by_month(("2026-01", "9.00", "0.00"), ("2026-02", "100.00", "0.00"), ("2026-05", "9.00", "0.00"))
    assert figure(person(financial_transactions=rows), "observed_income").value == Decimal("0.00")


def test_without_a_whole_month_no_income_is_observed() -> None:
    for rows in ([], by_month(("2026-01", "9.00", "0.00"), ("2026-02", "9.00", "0.00"))):
        found = figure(person(financial_transactions=rows), "observed_income")
        assert (found.value, found.unknown) == (None, cash_flow.NO_WHOLE_MONTH)


@pytest.mark.parametrize(
    ("came", "level"),
    [
        ([], Level.LOW),
        (["100.00"] * 2, Level.LOW),
        (["100.00"] * 3, Level.MEDIUM),
        (["100.00"] * 5, Level.MEDIUM),
        (["100.00"] * 6, Level.HIGH),
        # mean 100, sample deviation 24.5
        (["70.00", "130.00", "100.00", "70.00", "130.00", "100.00", "100.00"], Level.HIGH),
        (["70.00", "100.00", "130.00"], Level.MEDIUM),
        (["40.00", "100.00", "160.00"], Level.LOW),  # exactly 0.6
        (["41.00", "100.00", "159.00"], Level.MEDIUM),
        (["10.00", "250.00"] * 3, Level.LOW),
        (["0.00"] * 6, Level.LOW),
    ],
)
def test_confidence_is_by_how_many_months_and_how_steady(came: list[str], level: Level) -> None:
    assert figure(person(financial_transactions=earning(*came)), "income_confidence").value is level


def test_exactly_three_tenths_of_variation_are_not_high() -> None:
    steps = ["70.00", "130.00"] * 3 + ["100.00"]  # squares: 6 × 900 over 6: a deviation of 30
    assert figure(person(financial_transactions=earning(*steps)), "income_confidence").value is Level.MEDIUM


def test_the_margin_is_income_less_debits_held_against_the_minimum() -> None:
    rows = earning("1000.00", "3000.00", "2000.00", went="1450.00")
    found = figure(person(financial_transactions=rows), "income_margin")
    assert (found.value, found.against) == (Decimal("550.00"), Decimal("600.00"))


def test_what_capa_never_answered_is_unknown_and_whom_it_does_not_know_is_not_told_to_earn_nothing() -> None:
    failed = cast.missing(person(), "capa", "timeout")
    for key in ("observed_income", "income_confidence", "income_margin"):
        assert figure(failed, key).value is None
    assert figure(not_found(person(), "capa"), "observed_income").value is None
