"""What changed between two versions; a failure is never shown as an absence."""

from decimal import Decimal

from orchestrator import content, diff
from orchestrator.records import Block, Presence


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
