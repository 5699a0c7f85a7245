"""What changed most between two versions."""

from typing import Any

from orchestrator.batch.counting import tallies
from orchestrator.clients import alpha


def content(presence: str = "found", name: str = "Maria", debts: tuple[str, ...] = ()) -> dict[str, Any]:
    sections = {"debts": [{"value": value} for value in debts]} if presence == "found" else {}
    return {"alpha": {"presence": presence, "person": {"name": name}, "sections": sections}}


def test_rows_that_came_and_rows_that_went_count_each() -> None:
    assert tallies.moved(content(debts=("1", "2")), content(debts=("2", "3", "3"))) == {"alpha.debts": 3}


def test_one_changed_row_counts_once() -> None:
    sources = {"alpha": alpha.SOURCE}
    before, after = (rows({"id": 7, "date": "2018-07-07", "value": value}) for value in ("35.50", "35.51"))
    assert tallies.moved(before, after, sources) == {"alpha.debts": 1}


def rows(*debts: dict[str, Any]) -> dict[str, Any]:
    return {"alpha": {"presence": "found", "person": {}, "sections": {"debts": list(debts)}}}


def test_what_was_not_yet_asked_has_not_changed() -> None:
    unasked = {"alpha": {"presence": "found", "person": {}, "sections": {}}}
    assert tallies.moved(unasked, rows({"id": 7, "date": "2018-07-07", "value": "1.00"})) == {}


def test_a_person_s_value_and_a_presence_have_names_of_their_own() -> None:
    assert tallies.moved(content(name="Maria"), content(name="Ana")) == {"alpha.person": 1}
    assert tallies.moved(content(), content("not_found")) == {"alpha.presence": 1}


def test_a_missing_source_has_not_changed() -> None:
    assert tallies.moved(content("missing"), content(debts=("1",))) == {}
    assert tallies.moved(content(debts=("1",)), content("missing")) == {}


def test_the_most_changed_of_two_passes_add_up() -> None:
    assert tallies.most_changed([(7, 2), (8, 1)], {7: 1, 9: 5}) == [[9, 5], [7, 3], [8, 1]]
