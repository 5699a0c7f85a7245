"""A section's rows in the order, the filters and the page that somebody chose."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.records.sources import Column, Kind, Label, Row, Section
from portal.presenting import sections
from portal.presenting.sections import A_PAGE, Choice, arranged


def named(key: str, kind: Kind, **more: Any) -> Column:
    return Column(key=key, kind=kind, label=Label(pt=key, en=key), **more)


TYPES = {"Credit": Label(pt="Crédito", en="Credit"), "Debit": Label(pt="Débito", en="Debit")}
SECTION = Section(
    key="moves",
    label=Label(pt="Movimentos", en="Moves"),
    total="value",
    columns=(
        named("id", Kind.IDENTIFIER),
        named("date", Kind.INSTANT),
        named("description", Kind.TEXT),
        named("type", Kind.TEXT, choices=TYPES),
        named("value", Kind.MONEY),
    ),
)


def row(day: datetime | None, description: str, value: str | None, kind: str = "Debit") -> Row:
    amount = None if value is None else Decimal(value)
    return {"id": description, "date": day, "description": description, "type": kind, "value": amount}


MAY, JUNE = datetime(2026, 5, 10, 15, tzinfo=UTC), datetime(2026, 6, 10, 15, tzinfo=UTC)
ROWS = [
    row(MAY, "Pão", "5.00"),
    row(JUNE, "aluguel", "900.00"),
    row(JUNE, "Salário de junho", "3000.00", "Credit"),
    row(None, "Água", None),
]


def shown(rows: Sequence[Row] = ROWS, **told: str) -> list[Any]:
    page = arranged(SECTION, rows, Choice.of(SECTION, told))
    return [each["description"] for group in page.groups for each in group.rows]


def test_the_newest_come_first_and_what_has_no_date_last() -> None:
    assert shown() == ["aluguel", "Salário de junho", "Pão", "Água"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("description", ["Água", "aluguel", "Pão", "Salário de junho"]),
        ("-description", ["Salário de junho", "Pão", "aluguel", "Água"]),
        ("value", ["Pão", "aluguel", "Salário de junho", "Água"]),
        ("-value", ["Salário de junho", "aluguel", "Pão", "Água"]),
        ("date", ["Pão", "aluguel", "Salário de junho", "Água"]),
    ],
)
def test_a_heading_sorts_blind_to_accents_with_the_unknown_last(sort: str, order: list[str]) -> None:
    assert shown(sort=sort) == order


@pytest.mark.parametrize("words", ["salario", "SALÁRIO", "junho salario", "3.000,00", "crédito"])
def test_a_text_is_found_without_its_accents_in_any_order_and_in_every_column(words: str) -> None:
    assert shown(words=words) == ["Salário de junho"]


def test_filters_hold_together() -> None:
    assert shown(type="Debit", month="2026-06") == ["aluguel"]
    assert shown(type="Credit", month="2026-05") == []


def test_a_filter_is_taken_back_by_its_name() -> None:
    assert shown(type="Credit", month="2026-05", drop="month") == ["Salário de junho"]


@pytest.mark.parametrize(
    "told",
    [
        {"sort": "id"},
        {"sort": "-nothing"},
        {"type": "Theft"},
        {"month": "2026-13"},
        {"month": "../.."},
        {"page": "-1"},
        {"page": "9999999999999999"},
        {"page": "٣"},
        {"page": "0"},
    ],
)
def test_what_the_section_does_not_have_chooses_nothing(told: dict[str, str]) -> None:
    assert shown(**told) == shown()


def test_a_month_is_that_of_são_paulo() -> None:
    late = row(datetime(2026, 6, 1, 1, tzinfo=UTC), "à noite", "1.00")
    assert sections.month_of(SECTION, late) == date(2026, 5, 1)


def test_a_month_s_line_tells_the_whole_month_wherever_the_page_cuts_it() -> None:
    many = [row(JUNE, f"n{number}", "1.00") for number in range(A_PAGE + 5)]
    first = arranged(SECTION, [*many, row(MAY, "x", "2.00")], Choice.of(SECTION, {}))
    assert (first.pages, len(first.groups), first.by_month) == (2, 1, True)
    assert first.groups[0].number == A_PAGE + 5
    assert first.groups[0].totals["Debit"] == Decimal("205.00")
    last = arranged(SECTION, [*many, row(MAY, "x", "2.00")], Choice.of(SECTION, {"page": "99"}))
    assert [group.month for group in last.groups] == [date(2026, 6, 1), date(2026, 5, 1)]
    assert [len(group.rows) for group in last.groups] == [5, 1]


def test_totals_are_of_what_the_filters_leave() -> None:
    page = arranged(SECTION, ROWS, Choice.of(SECTION, {"month": "2026-06"}))
    assert page.totals == {"Credit": Decimal("3000.00"), "Debit": Decimal("900.00")}
    assert (page.number, page.of) == (2, 4)


def test_in_another_order_than_time_there_are_no_months() -> None:
    page = arranged(SECTION, ROWS, Choice.of(SECTION, {"sort": "-value"}))
    assert [group.month for group in page.groups] == [None]
    assert not page.by_month


@given(
    st.lists(
        st.builds(
            row,
            st.sampled_from([MAY, JUNE, None]),
            st.text(max_size=4),
            st.sampled_from(["1.00", "-2.50", None]),
            st.sampled_from(["Credit", "Debit", "Other"]),
        ),
        max_size=30,
    ),
    st.sampled_from(["", "value", "-value", "description", "-date", "type"]),
)
def test_whatever_the_order_every_row_is_shown_once(rows: list[Row], sort: str) -> None:
    page = arranged(SECTION, rows, Choice.of(SECTION, {"sort": sort}))
    told = [id(each) for group in page.groups for each in group.rows]
    assert sorted(told) == sorted(map(id, rows))
