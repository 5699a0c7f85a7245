"""What changed so that whoever follows should know, worked by hand."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.records.dossiers import DossierView
from portal.figures import flags, material
from portal.figures.material import MaterialChange
from portal.figures.thresholds import Thresholds
from tests.unit.portal import cast
from tests.unit.portal.figures.people import Rows, carried, debt, holding, not_found, person, reckoned
from tests.unit.portal.figures.test_flags import steady


def changes(
    before: DossierView, after: DossierView, thresholds: Thresholds | None = None
) -> tuple[MaterialChange, ...]:
    thresholds = thresholds or Thresholds()
    then, now = reckoned(before), reckoned(after)
    return material.changes(
        then,
        flags.raised(before, then, cast.REGISTERED, thresholds),
        now,
        flags.raised(after, now, cast.REGISTERED, thresholds),
        thresholds,
    )


def owing(*rows: Mapping[str, Any]) -> DossierView:
    return steady(debts=rows, patrimonies=[holding("99999.00")], sources_income=[holding("1000.00")])


OLD = debt("900.00", "2025-01-01", 1)


@pytest.mark.parametrize(
    ("before", "after", "anew"),
    [
        ([OLD], [OLD], None),
        ([OLD], [], None),
        ([OLD], [OLD, debt("500.00", row_id=2)], None),  # more than that
        ([OLD], [OLD, debt("500.01", row_id=2)], "500.01"),
        ([OLD], [OLD, debt("300.00", row_id=2), debt("300.00", row_id=3)], "600.00"),
        ([OLD], [debt("900.00", "2026-10-01", 2)], "900.00"),  # the old one is paid: the new one is new
        ([OLD], [debt("900.00", "2025-01-01", 7)], None),  # only the source's id changed
        ([OLD], [debt("900.00", "2025-01-01")], None),
        ([OLD], [debt("1500.00", "2025-01-01", 1)], "600.00"),  # it grew
        ([OLD], [debt("100.00", "2025-01-01", 1)], None),
        ([OLD], [debt("900.01", "2025-01-01", 1)], None),
        ([OLD], [OLD, debt("900.00", "2025-01-01", 2)], "900.00"),  # a second one like it
    ],
)
def test_new_debt_is_what_was_not_owed_before(before: Rows, after: Rows, anew: str | None) -> None:
    found = [each for each in changes(owing(*before), owing(*after)) if each.key == "new_debt"]
    assert [each.amount for each in found] == ([] if anew is None else [Decimal(anew)])


def test_new_debt_is_told_with_the_totals_and_the_section() -> None:
    (found,) = changes(owing(OLD), owing(OLD, debt("1000.00", row_id=2)))
    assert (found.before, found.after, found.section) == (Decimal("900.00"), Decimal("1900.00"), "debts")


@pytest.mark.parametrize(
    ("then", "now", "is_told"),
    [("1000.00", "800.00", True), ("1000.00", "800.01", False), ("1000.00", "1200.00", False)],
)
def test_an_income_that_fell_by_a_fifth_is_told(then: str, now: str, is_told: bool) -> None:
    found = changes(steady(sources_income=[holding(then)]), steady(sources_income=[holding(now)]))
    assert [each.key for each in found] == (["declared_income"] if is_told else [])
    if is_told:
        assert (found[0].before, found[0].after) == (Decimal(then), Decimal(now))
        assert found[0].section == "sources_income"


def test_a_flag_that_was_not_raised_before_is_told_once() -> None:
    clean, flagged = owing(), owing(debt("10.00"))
    assert [each.key for each in changes(clean, flagged)] == ["negative_record"]
    assert changes(flagged, flagged) == ()
    assert changes(flagged, clean) == ()


def test_that_a_source_failed_is_no_change_of_the_person() -> None:
    view = owing(OLD)
    assert changes(view, carried(view, "alpha")) == ()
    assert changes(view, cast.missing(view, "alpha", "timeout")) == ()


def test_what_was_unknown_is_not_new() -> None:
    failed = cast.missing(owing(OLD), "alpha", "timeout")
    assert "new_debt" not in [each.key for each in changes(failed, owing(OLD))]


def test_an_income_that_is_declared_no_more_fell() -> None:
    before, after = steady(sources_income=[holding("1000.00")]), steady()
    assert [each.key for each in changes(before, not_found(after, "beta"))] == ["declared_income"]


def test_thresholds_are_settings() -> None:
    low = Thresholds(new_debt=Decimal("5.00"), income_fall=Decimal("0.01"))
    before, after = owing(OLD), owing(OLD, debt("6.00", row_id=2))
    assert [each.key for each in changes(before, after, low)] == ["new_debt"]
    assert changes(person(), person()) == ()
