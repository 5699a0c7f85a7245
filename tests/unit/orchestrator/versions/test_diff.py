"""What changed between two versions; a failure is never shown as an absence."""

from decimal import Decimal

from orchestrator import content
from orchestrator.clients import alpha
from orchestrator.records.dossiers import Block, Presence
from orchestrator.records.sources import Row
from orchestrator.versions import diff


def debts(*values: str, name: str = "Maria") -> dict[str, Block]:
    rows = [{"value": Decimal(value)} for value in values]
    return {"alpha": Block(presence=Presence.FOUND, person={"name": name}, sections={"debts": rows})}


MISSING = {"alpha": content.MISSING}
NOT_FOUND = {"alpha": content.NOT_FOUND}


def test_added_and_removed_rows_are_told() -> None:
    (change,) = diff.section_changes(debts("1", "2"), debts("2", "3"))
    assert change.added == ({"value": Decimal("3")},)
    assert change.removed == ({"value": Decimal("1")},)


def test_equal_rows_count_as_often_as_they_stand() -> None:
    (change,) = diff.section_changes(debts("1"), debts("1", "1"))
    assert change.added == ({"value": Decimal("1")},)
    assert change.removed == ()


def test_the_order_of_rows_is_no_change() -> None:
    assert list(diff.section_changes(debts("1", "2"), debts("2", "1"))) == []


def test_a_failed_source_removes_nothing() -> None:
    (change,) = diff.section_changes(debts("1"), MISSING)
    assert not change.comparable
    assert (change.added, change.removed) == ((), ())


def test_a_source_that_comes_back_adds_nothing() -> None:
    (change,) = diff.section_changes(MISSING, debts("1"))
    assert not change.comparable
    assert change.added == ()


def test_not_found_after_found_removes_the_rows_and_says_so() -> None:
    (change,) = diff.section_changes(debts("1"), NOT_FOUND)
    assert change.comparable
    assert change.removed == ({"value": Decimal("1")},)
    (presence,) = diff.presence_changes(debts("1"), NOT_FOUND)
    assert (presence.before, presence.after) == (Presence.FOUND, Presence.NOT_FOUND)


def test_a_persons_new_name_is_told() -> None:
    (change,) = diff.person_changes(debts(), debts(name="Maria Souza"))
    assert (change.field, change.before, change.after) == ("name", "Maria", "Maria Souza")


def test_a_person_who_is_missing_did_not_lose_their_name() -> None:
    assert list(diff.person_changes(debts(), MISSING)) == []


def test_one_cent_is_told_as_one_changed_row() -> None:
    before, after = ({"id": 7, "date": None, "value": Decimal(value)} for value in ("35.50", "35.51"))
    (change,) = diff.section_changes(alphas(before), alphas(after), {"alpha": alpha.SOURCE})
    assert change.changed == ((before, after),)
    assert (change.added, change.removed) == ((), ())


def alphas(*debts: Row) -> dict[str, Block]:
    return {"alpha": Block(presence=Presence.FOUND, person={}, sections={"debts": debts})}


def test_a_section_that_a_source_was_not_yet_asked_for_is_not_comparable() -> None:
    unasked = {"alpha": Block(presence=Presence.FOUND, person={}, sections={})}
    for before, after in ((unasked, debts("1")), (debts("1"), unasked)):
        (change,) = diff.section_changes(before, after)
        assert (change.comparable, change.never_asked) == (False, True)
        assert (change.added, change.removed, change.changed) == ((), (), ())


def test_who_is_not_known_has_nothing_in_a_section_of_which_nobody_asked() -> None:
    (change,) = diff.section_changes(NOT_FOUND, debts("1"))
    assert change.comparable
    assert change.added == ({"value": Decimal("1")},)


def test_a_person_s_value_that_was_not_yet_asked_for_has_not_changed() -> None:
    unasked = {"alpha": Block(presence=Presence.FOUND, person={}, sections={})}
    assert list(diff.person_changes(unasked, debts())) == []
    assert list(diff.person_changes(debts(), unasked)) == []
