"""A diff, written out."""

from datetime import date
from decimal import Decimal

import pytest

from orchestrator.records.dossiers import (
    Diff,
    Presence,
    PresenceChange,
    SectionChange,
    TotalChange,
    ValueChange,
)
from orchestrator.records.sources import Row, Value
from portal.presenting.history.diff_page import Changes, Rows
from tests.unit.portal import cast

DEBT: dict[str, Value] = {"id": 1, "date": date(2018, 7, 7), "value": Decimal("1000.00")}


def changes(
    *,
    presence: tuple[PresenceChange, ...] = (),
    person: tuple[ValueChange, ...] = (),
    sections: tuple[SectionChange, ...] = (),
    totals: tuple[TotalChange, ...] = (),
) -> Changes:
    diff = Diff(
        from_version=1, to_version=2, presence=presence, person=person, sections=sections, totals=totals
    )
    return Changes.of(diff, cast.sources())


def section(*, comparable: bool = True, removed: tuple[Row, ...] = ()) -> SectionChange:
    return SectionChange(
        source="alpha",
        section="debts",
        comparable=comparable,
        added=(),
        removed=removed,
    )


def test_removed_rows_are_listed_as_they_were() -> None:
    (debts,) = changes(sections=(section(removed=(DEBT,)),)).sections
    assert [[cell.text for cell in row] for row in debts.removed] == [["07/07/2018", "R$ 1.000,00"]]


def test_a_failed_source_lists_nothing_and_says_that_it_cannot_be_compared() -> None:
    (debts,) = changes(sections=(section(comparable=False),)).sections
    assert not debts.comparable
    assert debts.removed == debts.added == ()


def changed(section: str, before: Row, after: Row, source: str = "alpha") -> Rows:
    moved = SectionChange(
        source=source, section=section, comparable=True, added=(), removed=(), changed=((before, after),)
    )
    (told,) = changes(sections=(moved,)).sections
    return told


def test_a_changed_row_shows_what_moved_beside_what_stayed() -> None:
    before, after = ({**DEBT, "value": Decimal(value)} for value in ("35.50", "35.51"))
    ((date, value),) = changed("debts", before, after).changed
    assert (date.before, date.after) == ("", "07/07/2018")
    assert (value.before, value.after, value.difference) == ("R$ 35,50", "R$ 35,51", "+R$ 0,01")
    assert date.difference == ""


def test_less_money_has_a_minus_sign() -> None:
    before, after = ({**DEBT, "value": Decimal(value)} for value in ("35.50", "5.50"))
    ((_, value),) = changed("debts", before, after).changed
    assert value.difference == "−R$ 30,00"


def test_a_section_tells_what_it_added_up_to_and_now_does_also_by_word() -> None:
    transactions = cast.ROWS["capa"]["financial_transactions"]
    moved = SectionChange(
        source="capa",
        section="financial_transactions",
        comparable=True,
        added=(transactions[1],),
        removed=(),
    )
    before, after = ({"Credit": Decimal("10.00"), "Debit": Decimal(debit)} for debit in ("0", "99.90"))
    total = TotalChange(source="capa", section="financial_transactions", before=before, after=after)
    (told,) = changes(sections=(moved,), totals=(total,)).sections
    assert [(str(each.label), each.before, each.after, each.difference) for each in told.totals] == [
        ("Crédito", "R$ 10,00", "R$ 10,00", ""),
        ("Débito", "R$ 0,00", "R$ 99,90", "+R$ 99,90"),
    ]


def test_what_cannot_be_compared_has_no_total() -> None:
    total = TotalChange(source="alpha", section="debts", before={"": Decimal("1")}, after=None)
    (debts,) = changes(sections=(section(comparable=False),), totals=(total,)).sections
    assert debts.totals == ()


def test_a_row_that_is_the_same_under_another_number_shows_the_number() -> None:
    told = changed("debts", DEBT, {**DEBT, "id": 2})
    assert [cell.heading for cell in told.headings] == ["Nº na origem", "Data", "Valor"]
    ((number, *_),) = told.changed
    assert (number.before, number.after) == ("1", "2")


def test_instants_of_one_minute_are_told_apart_by_their_seconds() -> None:
    row = cast.ROWS["capa"]["financial_transactions"][1]
    later = row | {"date": row["date"].replace(second=5)}
    ((date, *_),) = changed("financial_transactions", row, later, "capa").changed
    assert (date.before, date.after) == ("01/02/2026 09:00:00", "01/02/2026 09:00:05")


def test_a_value_that_went_is_a_dash_and_one_that_was_not_yet_asked_for_has_no_before() -> None:
    car = cast.ROWS["fleet"]["vehicles"][0]
    ((_, bought, _),) = changed("vehicles", car, car | {"bought": None}, "fleet").changed
    assert (bought.before, bought.after) == ("06/05/2024", "")
    old = {key: value for key, value in car.items() if key != "price"}
    ((plate, _, price),) = changed("vehicles", old, car | {"plate": "X"}, "fleet").changed
    assert (plate.before, price.before, price.after) == ("ABC1D23", "", "R$ 1.234.567,89")


def test_a_section_that_did_not_change_is_left_out() -> None:
    assert not changes(sections=(section(),))


def test_no_answer_and_not_found_are_told_apart() -> None:
    moved = PresenceChange(source="alpha", before=Presence.MISSING, after=Presence.NOT_FOUND)
    (told,) = changes(presence=(moved,)).presence
    assert (str(told.before), str(told.after)) == ("sem resposta", "não encontrada")


def test_a_person_s_value_is_told_with_the_source_s_own_label() -> None:
    moved = ValueChange(source="fleet", field="licence", before="AB", after=None)
    (told,) = changes(person=(moved,)).person
    assert (told.source, told.label, told.before, told.after) == ("Frota", "Habilitação", "AB", "")


def test_a_value_that_is_declared_no_more_is_told_by_its_bare_key() -> None:
    moved = ValueChange(source="fleet", field="nickname", before="Mia", after="Lia")
    (told,) = changes(person=(moved,)).person
    assert (told.source, told.label, told.before, told.after) == ("Frota", "nickname", "Mia", "Lia")


@pytest.mark.parametrize(("source", "label"), [("fleet", "Frota"), ("gone", "gone")])
def test_rows_that_are_declared_no_more_are_told_with_what_they_have(source: str, label: str) -> None:
    rows: tuple[dict[str, Value], ...] = ({"rate": "3"}, {"rate": None, "bank": "B"})
    moved = SectionChange(source=source, section="loans", comparable=True, added=rows, removed=())
    (loans,) = changes(sections=(moved,)).sections
    assert (loans.source, loans.heading) == (label, "loans")
    assert [cell.heading for cell in loans.headings] == ["rate", "bank"]
    assert [[cell.text for cell in row] for row in loans.added] == [["3", ""], ["", "B"]]


def test_a_source_that_is_registered_no_more_is_told_by_its_name() -> None:
    moved = PresenceChange(source="gone", before=Presence.FOUND, after=Presence.MISSING)
    (told,) = changes(presence=(moved,)).presence
    assert told.source == "gone"
