"""What came and went by month, worked by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from portal.figures import cash_flow
from portal.figures.records import Month, Spending
from tests.unit.portal import cast
from tests.unit.portal.figures.people import (
    Rows,
    by_month,
    credit,
    debit,
    figure,
    moved,
    not_found,
    person,
    reckoned,
    without,
)


def months(rows: Rows) -> tuple[Month, ...]:
    found = reckoned(person(financial_transactions=rows)).months
    assert found is not None
    return found


def told(found: tuple[Month, ...]) -> list[tuple[str, str, bool, str, str]]:
    return [
        (f"{each.since:%d/%m/%y}", f"{each.until:%d/%m/%y}", each.whole, str(each.credits), str(each.debits))
        for each in found
    ]


def test_months_are_whole_between_the_first_and_the_last_which_keep_their_real_dates() -> None:
    rows = [
        credit("100.00", "2025-12-20"),
        debit("30.00", "2026-01-31"),
        credit("70.00", "2026-01-01"),
        debit("5.00", "2026-03-04"),
    ]
    assert told(months(rows)) == [
        ("20/12/25", "31/12/25", False, "100.00", "0.00"),
        ("01/01/26", "31/01/26", True, "70.00", "30.00"),
        ("01/02/26", "28/02/26", True, "0.00", "0.00"),  # nothing moved: a month of nought
        ("01/03/26", "04/03/26", False, "0.00", "5.00"),
    ]
    assert [each.net for each in months(rows)] == [Decimal(n) for n in ("100.00", "40.00", "0.00", "-5.00")]


def test_a_single_month_covers_the_days_between_its_transactions() -> None:
    rows = [credit("1.00", "2026-05-05"), credit("1.00", "2026-05-09")]
    assert told(months(rows)) == [("05/05/26", "09/05/26", False, "2.00", "0.00")]


def test_months_are_those_of_sao_paulo() -> None:
    late = moved("Credit", "1.00", "2026-02-01T01:30:00+00:00")  # 22:30 on 31 January there
    assert [each.month for each in months([late])] == [date(2026, 1, 1)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (moved("", "9.00", "2026-03-01"), "sem tipo"),
        (credit("9.00", None), "sem data"),
        (credit(None, "2026-03-01"), "sem valor"),
        (credit("-9.00", "2026-03-01"), "abaixo de zero"),
        (credit("9.00", "2026-11-23"), "posterior"),
        (credit("9.00", "1994-06-30"), "real"),
    ],
)
def test_what_does_not_count_is_left_out_and_told(row: dict[str, object], reason: str) -> None:
    view = person(financial_transactions=[credit("1.00", "2026-05-05"), row])
    everything = reckoned(view)
    assert [each.credits for each in everything.months or ()] == [Decimal("1.00")]
    for key in ("top_credits_share", "observed_income", "months_negative"):
        out = [each for each in everything.figures[key].left_out if reason in each.reason.pt]
        assert [each.rows for each in out] == [1], key


def test_a_transaction_of_today_counts_and_one_of_tomorrow_does_not() -> None:
    at = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    rows = [moved("Credit", "1.00", "2026-11-22T23:59:59-03:00"), credit("2.00", "2026-11-23")]
    found = reckoned(person(financial_transactions=rows), at).months
    assert [each.credits for each in found or ()] == [Decimal("1.00")]


def test_known_to_have_no_transaction_is_no_month_and_unknown_is_none() -> None:
    for view in (person(), not_found(person(), "capa")):
        assert (reckoned(view).months, reckoned(view).spending) == ((), ())
    failed = reckoned(cast.missing(person(), "capa", "timeout"))
    assert (failed.months, failed.spending) == (None, None)


def test_only_whole_months_are_counted_as_below_nought() -> None:
    rows = by_month(
        ("2026-01", "1.00", "50.00"),  # the first: partial
        ("2026-02", "10.00", "10.01"),
        ("2026-03", "10.00", "10.00"),
        ("2026-04", "10.00", "20.00"),
        ("2026-05", "1.00", "50.00"),  # the last: partial
    )
    found = figure(person(financial_transactions=rows), "months_negative")
    assert found.value == 2
    assert [(each.rows, each.amount) for each in found.left_out] == [(4, Decimal("102.00"))]


def test_without_a_whole_month_nobody_knows_how_many_are_below_nought() -> None:
    found = figure(person(financial_transactions=by_month(("2026-01", "1.00", "2.00"))), "months_negative")
    assert (found.value, found.unknown) == (None, cash_flow.NO_WHOLE_MONTH)


@pytest.mark.parametrize(
    ("days", "gap"),
    [
        (["2026-03-01", "2026-03-02"], 0),
        (["2026-03-02", "2026-03-10", "2026-03-01"], 7),
        (["2026-03-01", "2026-03-01", "2026-04-01"], 30),
        (["2026-03-01"], None),
        ([], None),
    ],
)
def test_the_longest_gap_is_of_whole_days_between_two_transactions(days: list[str], gap: int | None) -> None:
    found = figure(person(financial_transactions=[debit("1.00", day) for day in days]), "longest_gap")
    assert found.value == gap
    assert found.unknown == (cash_flow.NO_GAP if gap is None else None)


def test_a_transaction_of_unknown_type_ends_a_gap_all_the_same() -> None:
    rows = [debit("1.00", "2026-03-01"), moved("", "1.00", "2026-03-05"), debit("1.00", "2026-03-11")]
    found = figure(person(financial_transactions=rows), "longest_gap")
    assert (found.value, found.left_out) == (5, ())


@pytest.mark.parametrize(
    ("values", "share"),
    [
        (["10.00"], "1.000"),
        (["10.00", "20.00", "30.00"], "1.000"),
        (["1.00", "2.00", "3.00", "4.00"], "0.900"),
        (["1.00"] * 9, "0.333"),
        ([], None),
        (["0.00"], None),
    ],
)
def test_the_share_of_the_three_largest_credits(values: list[str], share: str | None) -> None:
    rows = [credit(value, "2026-03-01") for value in values] + [debit("99.00", "2026-03-01")]
    found = figure(person(financial_transactions=rows), "top_credits_share")
    assert found.value == (None if share is None else Decimal(share))
    assert found.unknown == (cash_flow.NO_CREDIT if share is None else None)


def test_debits_are_put_together_blind_to_capitals_accents_and_blanks() -> None:
    rows = [
        debit("10.00", "2026-03-01", "Pão de Açúcar"),
        debit("5.00", "2026-03-02", "PAO  DE ACUCAR"),
        debit("1.00", "2026-03-03", "Pão de Açúcar"),
        debit("20.00", "2026-03-03", "Aluguel"),
        credit("99.00", "2026-03-03", "Aluguel"),
    ]
    assert reckoned(person(financial_transactions=rows)).spending == (
        Spending(text="Aluguel", rows=1, amount=Decimal("20.00")),
        Spending(text="Pão de Açúcar", rows=3, amount=Decimal("16.00")),
    )


def test_beyond_the_largest_and_without_a_description_all_is_the_rest() -> None:
    rows = [debit(f"{number}.00", "2026-03-01", f"Loja {number}") for number in range(1, 9)]
    rows.append(debit("100.00", "2026-03-01", ""))
    found = reckoned(person(financial_transactions=rows)).spending
    assert found is not None
    assert [each.text for each in found] == ["Loja 8", "Loja 7", "Loja 6", "Loja 5", "Loja 4", "Loja 3", ""]
    assert found[-1] == Spending(text="", rows=3, amount=Decimal("103.00"))


@pytest.mark.parametrize("key", ["observed_income", "months_negative", "longest_gap", "top_credits_share"])
def test_of_what_was_never_asked_for_nothing_else_is_said_to_be_lacking(key: str) -> None:
    unknown = figure(without(person(), "financial_transactions"), key).unknown
    assert unknown is not None
    assert "ainda não foi consultada" in unknown.pt
