"""What a person owes, worked by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from portal.figures import debts
from portal.figures.records import Figure
from tests.unit.portal import cast
from tests.unit.portal.figures.people import (
    AT,
    Rows,
    carried,
    debt,
    figure,
    not_found,
    person,
    reckoned,
    without,
)


def test_debts_are_added_up_and_the_first_of_them_is_told() -> None:
    view = person(debts=[debt("1250.75", "2023-04-10"), debt("89.90", "2024-11-02")])
    assert figure(view, "total_debt").value == Decimal("1340.65")
    assert figure(view, "oldest_debt").value == date(2023, 4, 10)
    assert figure(view, "old_debts").value == 0


@pytest.mark.parametrize(
    ("rows", "owed", "left_out"),
    [
        ([], "0.00", []),
        ([debt("10.00"), debt(None)], "10.00", [(1, None, "sem valor")]),
        ([debt("10.00"), debt("0.00"), debt("-4.00")], "10.00", [(2, "-4.00", "com valor de zero ou menos")]),
        ([debt("10.00", None)], "10.00", []),  # whether it is old nobody knows
        ([debt("10.00", "2027-03-01")], "10.00", []),  # owed, though not yet due
        ([debt("10.00"), debt("10.00")], "20.00", []),  # two debts, for all that is known
        ([debt("10.00", row_id=1), debt("10.00", row_id=2)], "20.00", []),
        (
            [debt("10.00", row_id=1), debt("10.00", row_id=1)],
            "10.00",
            [(1, "10.00", "a mesma linha outra vez, com o mesmo número na origem e tudo igual")],
        ),
        ([debt("10.00", row_id=1), debt("12.00", row_id=1)], "22.00", []),  # which is right nobody knows
    ],
)
def test_what_counts_as_owed(rows: Rows, owed: str, left_out: list[tuple[int, str | None, str]]) -> None:
    found = figure(person(debts=rows), "total_debt")
    assert found.value == Decimal(owed)
    assert told(found) == left_out


def told(found: Figure) -> list[tuple[int, str | None, str]]:
    return [
        (each.rows, None if each.amount is None else str(each.amount), each.reason.pt)
        for each in found.left_out
    ]


@pytest.mark.parametrize(("day", "is_old"), [("2021-11-22", False), ("2021-11-21", True)])
def test_a_debt_is_old_the_day_after_its_fifth_year(day: str, is_old: bool) -> None:
    view = person(debts=[debt("100.00", day), debt("1.00")])
    assert figure(view, "old_debts").value == int(is_old)
    assert figure(view, "total_debt").value == Decimal("1.00" if is_old else "101.00")
    assert figure(view, "oldest_debt").value == date.fromisoformat("2026-11-01" if is_old else day)


def test_of_old_debts_nothing_but_their_number_is_told() -> None:
    view = person(debts=[debt("4321.00", "2012-01-01"), debt("77.00", "2013-01-01"), debt("1.00")])
    everything = reckoned(view)
    assert [(each.rows, each.amount) for each in everything.figures["total_debt"].left_out] == [(2, None)]
    assert "4321" not in repr(everything)
    assert "2012" not in repr(everything)


def test_what_has_become_too_old_since_is_not_told_with_an_older_version_s_figures() -> None:
    view = person(debts=[debt("100.00", "2020-01-01")])
    then, now = datetime(2023, 1, 1, tzinfo=UTC), AT
    assert reckoned(view, then).figures["total_debt"].value == Decimal("100.00")
    assert reckoned(view, then, told_at=now).figures["total_debt"].value == Decimal("0.00")


def test_the_day_is_that_of_sao_paulo() -> None:
    late = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # still the 22nd there
    assert reckoned(person(debts=[debt("1.00", "2021-11-22")]), late).figures["old_debts"].value == 0


def test_five_years_before_a_leap_day_is_the_28th() -> None:
    assert debts.years_before(date(2024, 2, 29)) == date(2019, 2, 28)


@pytest.mark.parametrize(
    ("day", "place"),
    [
        ("2026-12-30", 0),
        ("2026-11-22", 0),
        ("2026-10-23", 0),  # 30 days
        ("2026-10-22", 1),
        ("2026-08-24", 1),  # 90
        ("2026-08-23", 2),
        ("2026-05-26", 2),  # 180
        ("2026-05-25", 3),
        ("2025-11-27", 3),  # 360
        ("2025-11-26", 4),
        ("2021-11-22", 4),  # five years to the day
    ],
)
def test_debts_fall_into_ranges_of_age(day: str, place: int) -> None:
    ages = reckoned(person(debts=[debt("7.00", day)])).debts_by_age
    assert ages is not None
    assert [age.days for age in ages] == [30, 90, 180, 360, None]
    assert [age.rows for age in ages] == [int(each == place) for each in range(5)]
    assert ages[place].amount == Decimal("7.00")


def test_ranges_are_called_by_the_days_that_they_hold() -> None:
    ages = reckoned(person()).debts_by_age
    assert ages is not None
    assert [age.label.pt for age in ages] == [
        "até 30 dias",
        "31 a 90 dias",
        "91 a 180 dias",
        "181 a 360 dias",
        "mais de 360 dias",
    ]


def test_a_debt_without_a_date_has_no_age_and_that_is_told() -> None:
    view = person(debts=[debt("5.00", None)])
    oldest = figure(view, "oldest_debt")
    assert (oldest.value, oldest.unknown) == (None, debts.NO_DEBT)
    assert told(oldest) == [(1, "5.00", "sem data")]
    assert sum(age.rows for age in reckoned(view).debts_by_age or ()) == 0


def test_whom_alpha_does_not_know_owes_nothing_there() -> None:
    view = not_found(person(), "alpha")
    assert figure(view, "total_debt").value == Decimal("0.00")
    assert figure(view, "old_debts").value == 0


def test_what_alpha_never_answered_is_unknown() -> None:
    for view in (cast.missing(person(), "alpha", "timeout"), without(person(), "debts")):
        found = reckoned(view)
        assert [found.figures[key].value for key in ("total_debt", "oldest_debt", "old_debts")] == [None] * 3
        assert (found.debts_by_age, found.debts) == (None, None)
    assert figure(cast.missing(person(), "alpha", "timeout"), "total_debt").unknown is not None


def test_a_figure_of_an_earlier_answer_says_so() -> None:
    assert figure(carried(person(), "alpha"), "total_debt").stale == ("alpha",)
    assert figure(carried(not_found(person(), "alpha"), "alpha"), "total_debt").stale == ("alpha",)
    assert figure(person(), "total_debt").stale == ()
