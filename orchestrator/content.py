"""Blocks to JSON values and back, by what their source declares. No I/O."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orchestrator.records import Block, Column, Kind, Presence, Row, Source, Value

MISSING = Block(presence=Presence.MISSING, person={}, sections={})
NOT_FOUND = Block(presence=Presence.NOT_FOUND, person={}, sections={})


def encode(block: Block) -> dict[str, Any]:
    """A block as JSON values; `sealing.canonical` gives Decimals and instants their one form."""
    return {"presence": block.presence.value, "person": block.person, "sections": block.sections}


def decode(source: Source | None, data: Mapping[str, Any]) -> Block:
    """A block from the JSON values of `encode`.

    What the source no longer declares (or a source no longer registered) keeps its stored text.
    """
    declared = {section.key: section.columns for section in source.sections} if source else {}
    return Block(
        presence=Presence(data["presence"]),
        person=_row(data["person"], source.person if source else ()),
        sections={
            key: [_row(row, declared.get(key, ())) for row in rows] for key, rows in data["sections"].items()
        },
    )


def _row(data: Mapping[str, Any], columns: Iterable[Column]) -> Row:
    kinds = {column.key: column.kind for column in columns}
    return {key: _value(value, kinds.get(key, Kind.TEXT)) for key, value in data.items()}


def _value(value: Any, kind: Kind) -> Value:
    if value is None or not isinstance(value, str):
        return value  # an identifier may be a number
    if kind is Kind.MONEY:
        return Decimal(value)
    if kind is Kind.DATE:
        return date.fromisoformat(value)
    if kind in (Kind.INSTANT, Kind.DAY):
        return datetime.fromisoformat(value)
    return value
