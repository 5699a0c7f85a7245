"""What has come of a request so far: only that, the newest rows of each section, and how many more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestrator.records.dossiers import Block, DossierView, Presence
from orchestrator.records.sources import Row
from portal.presenting.wait_page import FIRST_ROWS, Arrived
from tests.unit.portal import cast


def arrived(*names: str, **blocks: Block) -> Arrived:
    """What these sources brought of Maria."""
    view = cast.maria(**blocks)
    return Arrived.of(only(view, *names), cast.sources())


def only(view: DossierView, *names: str) -> DossierView:
    return replace(view, version=None, blocks={name: view.blocks[name] for name in names})


def test_what_has_not_come_is_left_out_and_not_said_to_be_empty() -> None:
    told = arrived("alpha")
    assert [block.key for block in told.blocks] == ["alpha"]
    assert [section.key for section in told.blocks[0].sections] == ["debts"]


def test_blocks_stand_in_the_declared_order_whichever_came_first() -> None:
    assert [block.key for block in arrived("capa", "alpha").blocks] == ["alpha", "capa"]


def test_of_a_long_section_the_newest_rows_are_shown_and_the_others_counted() -> None:
    rows: list[Row] = [
        {
            "id": str(number),
            "date": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number),
            "description": f"Compra {number}",
            "type_transaction": "Debit",
            "payment_type": "Money",
            "value": Decimal("1.00"),
        }
        for number in range(40)
    ]
    capa = cast.found("capa")
    sections = {**capa.sections, "financial_transactions": rows}
    (block,) = arrived("capa", capa=replace(capa, sections=sections)).blocks
    section = next(each for each in block.sections if each.key == "financial_transactions")
    assert (len(section.rows), section.number, section.more) == (FIRST_ROWS, 40, 40 - FIRST_ROWS)
    assert "Compra 39" in [cell.text for cell in section.rows[0]]


def test_who_is_not_found_has_no_sections_and_no_facts() -> None:
    told = arrived("alpha", alpha=cast.absent(Presence.NOT_FOUND))
    assert told.blocks[0].sections == ()
    assert not told.blocks[0].standing.found


def test_whom_it_is_about_is_told_by_what_has_come() -> None:
    view = only(cast.maria(), "alpha")
    told = Arrived.of(replace(view, person={"name": "Maria da Silva", "address": None}), cast.sources())
    assert [cell.text for cell in told.person] == ["Maria da Silva"]
