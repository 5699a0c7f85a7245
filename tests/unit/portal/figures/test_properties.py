"""What holds of figures whatever the rows."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.figures.reckoning import reckon
from portal.figures.records import Figures
from portal.figures.thresholds import Thresholds
from tests.unit.portal import cast
from tests.unit.portal.figures.people import AT, SECTIONS, SOURCE_OF, not_found, person, reckoned, without

AMOUNTS = st.none() | st.integers(-100_00, 100_000_00).map(lambda cents: Decimal(cents).scaleb(-2))
DAYS = st.none() | st.dates(date(2015, 1, 1), date(2027, 1, 1))
MOMENTS = st.none() | st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
IDS = st.none() | st.integers(1, 5)
TEXTS = st.sampled_from(["", "Mercado", "MERCADO", "Pão", "pao", "Aluguel"]) | st.none()

DEBTS = st.lists(st.fixed_dictionaries({"id": IDS, "date": DAYS, "value": AMOUNTS}), max_size=8)
HOLDINGS = st.lists(st.fixed_dictionaries({"description": TEXTS, "value": AMOUNTS}), max_size=5)
MOVES = st.lists(
    st.fixed_dictionaries(
        {
            "id": IDS,
            "date": MOMENTS,
            "description": TEXTS,
            "type_transaction": st.sampled_from(["Credit", "Debit", ""]),
            "payment_type": st.just(""),
            "value": AMOUNTS,
        }
    ),
    max_size=15,
)
ROWS = st.fixed_dictionaries(
    {
        "debts": DEBTS,
        "patrimonies": HOLDINGS,
        "sources_income": HOLDINGS,
        "financial_transactions": MOVES,
    }
)
MIDNIGHT = datetime(2026, 11, 23, 3, tzinfo=UTC)  # in São Paulo
Sections = dict[str, list[dict[str, Any]]]


def standing_on(found: Figures, section: str) -> list[str]:
    return [key for key, each in found.figures.items() if section in {part.section for part in each.basis}]


@given(ROWS, st.randoms(use_true_random=False))
def test_figures_do_not_change_with_the_order_of_rows(rows: Sections, chance: random.Random) -> None:
    mixed = {key: chance.sample(each, len(each)) for key, each in rows.items()}
    assert reckoned(person(**mixed)) == reckoned(person(**rows))


@given(ROWS, st.sampled_from(sorted(SECTIONS)))
def test_a_missing_block_gives_unknown_and_never_nought(rows: Sections, source: str) -> None:
    found = reckoned(cast.missing(person(**rows), source, "timeout"))
    for section in SECTIONS[source]:
        for key in standing_on(found, section):
            assert found.figures[key].value is None, key
            assert found.figures[key].unknown is not None, key


@given(ROWS, st.sampled_from(sorted(SOURCE_OF)))
def test_a_section_that_was_never_asked_for_gives_unknown_too(rows: Sections, section: str) -> None:
    found = reckoned(without(person(**rows), section))
    for key in standing_on(found, section):
        assert found.figures[key].value is None, key


@given(ROWS)
def test_a_figure_has_a_value_or_says_why_it_has_none(rows: Sections) -> None:
    for each in reckoned(person(**rows)).figures.values():
        assert (each.value is None) == (each.unknown is not None), each.key
        assert each.basis, each.key
        assert each.as_of == cast.CHECKED, each.key


@given(MOVES)
def test_what_the_months_have_is_all_that_counts(
    rows: list[dict[str, Any]],
) -> None:
    sums = {"Credit": Decimal(0), "Debit": Decimal(0)}
    once = {frozenset(row.items()) if row["id"] else index: row for index, row in enumerate(rows)}
    for row in once.values():
        is_whole = row["type_transaction"] and row["value"] is not None and row["date"]
        if is_whole and row["value"] >= 0 and row["date"] < MIDNIGHT:
            sums[row["type_transaction"]] += row["value"]
    found = reckoned(person(financial_transactions=rows))
    assert sum((month.credits for month in found.months or ()), Decimal(0)) == sums["Credit"]
    assert sum((month.debits for month in found.months or ()), Decimal(0)) == sums["Debit"]
    assert sum((each.amount for each in found.spending or ()), Decimal(0)) == sums["Debit"]


@given(MOVES)
def test_months_follow_one_another_and_do_not_overlap(rows: list[dict[str, Any]]) -> None:
    months = reckoned(person(financial_transactions=rows)).months or ()
    for earlier, later in pairwise(months):
        assert earlier.month <= earlier.since <= earlier.until < later.month
        assert earlier.until.toordinal() + 1 == later.since.toordinal()
    assert [month.whole for month in months[1:-1]] == [True] * (len(months) - 2 if len(months) > 2 else 0)
    assert not any(month.whole for month in (*months[:1], *months[-1:]))


@given(DEBTS)
def test_every_debt_counts_is_too_old_or_is_left_out(rows: list[dict[str, Any]]) -> None:
    found = reckoned(person(debts=rows))
    total = found.figures["total_debt"]
    assert len(rows) == len(found.debts or ()) + sum(each.rows for each in total.left_out)
    assert total.value == sum((each.value for each in found.debts or ()), Decimal(0))
    dated = sum((each.value for each in found.debts or () if each.date), Decimal(0))
    assert sum((age.amount for age in found.debts_by_age or ()), Decimal(0)) == dated


@given(MOVES)
def test_a_row_that_is_told_again_changes_no_figure_s_value(rows: list[dict[str, Any]]) -> None:
    named = [row for row in rows if row["id"]]
    once = reckoned(person(financial_transactions=rows))
    again = reckoned(person(financial_transactions=[*rows, *named]))
    assert [each.value for each in once.figures.values()] == [each.value for each in again.figures.values()]
    assert (once.months, once.spending) == (again.months, again.spending)


@given(ROWS)
def test_shares_and_counts_are_within_their_bounds(rows: Sections) -> None:
    figures = reckoned(person(**rows)).figures
    share, negative = figures["top_credits_share"].value, figures["months_negative"].value
    assert share is None or Decimal(0) < Decimal(str(share)) <= 1
    assert negative is None or int(str(negative)) >= 0


@pytest.mark.parametrize("source", sorted(SECTIONS))
def test_that_nobody_knows_the_person_is_known(source: str) -> None:
    for each in reckoned(not_found(person(), source), AT).figures.values():
        assert all(part.rows == 0 for part in each.basis)


def test_what_no_source_declares_any_more_is_unknown() -> None:
    found = reckon(replace(person(), blocks={}), (), at=AT, thresholds=Thresholds())
    assert {each.value for each in found.figures.values()} == {None}
