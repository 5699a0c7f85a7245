"""A diff, written out."""

from datetime import date
from decimal import Decimal

from orchestrator.dossiers import Diff, Presence, PresenceChange, SectionChange, ValueChange
from portal.changes import Changes
from tests.unit.portal import cast

DEBT = {"id": 1, "date": date(2018, 7, 7), "value": Decimal("1000.00")}


def changes(
    *,
    presence: tuple[PresenceChange, ...] = (),
    person: tuple[ValueChange, ...] = (),
    sections: tuple[SectionChange, ...] = (),
) -> Changes:
    diff = Diff(from_version=1, to_version=2, presence=presence, person=person, sections=sections)
    return Changes.of(diff, cast.sources())


def section(*, comparable: bool = True, removed: tuple[dict[str, object], ...] = ()) -> SectionChange:
    return SectionChange(
        source="alpha",
        section="debts",
        comparable=comparable,
        added=(),
        removed=removed,  # type: ignore[arg-type]
    )


def test_removed_rows_are_listed_as_they_were() -> None:
    (debts,) = changes(sections=(section(removed=(DEBT,)),)).sections
    assert [[cell.text for cell in row] for row in debts.removed] == [["07/07/2018", "R$ 1.000,00"]]


def test_a_failed_source_lists_nothing_and_says_that_it_cannot_be_compared() -> None:
    (debts,) = changes(sections=(section(comparable=False),)).sections
    assert not debts.comparable
    assert debts.removed == debts.added == ()


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
