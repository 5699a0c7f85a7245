"""Blocks to JSON values and back, by what their source declares. No I/O."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orchestrator import facts
from orchestrator.records import Block, Column, Kind, Presence, Row, Source, Value

MISSING = Block(presence=Presence.MISSING, person={}, sections={})
NOT_FOUND = Block(presence=Presence.NOT_FOUND, person={}, sections={})

_DAY_LENGTH = len("YYYY-MM-DD")


def encode(block: Block) -> dict[str, Any]:
    """A block as JSON values; `sealing.canonical` gives Decimals and instants their one form."""
    return {"presence": block.presence.value, "person": block.person, "sections": block.sections}


def decode(source: Source | None, data: Mapping[str, Any]) -> Block:
    """A block from the JSON values of `encode`, also of those that were written in an older form: each
    fact has its present one.

    What the source no longer declares (or a source no longer registered) keeps its stored text. What it
    was not yet asked for when this was stored stays away: nothing is known of that.
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


def _value(value: Value, kind: Kind) -> Value:
    if not isinstance(value, str) or kind is Kind.IDENTIFIER:
        return value  # an identifier may be a number
    try:
        return _READ[kind](value)
    except (ValueError, ArithmeticError):  # stored when the column was of another kind
        return facts.text(value)


_READ: Mapping[Kind, Callable[[str], Value]] = {
    Kind.TEXT: facts.text,
    Kind.MONEY: Decimal,
    Kind.DATE: date.fromisoformat,
    Kind.DAY: lambda value: date.fromisoformat(value[:_DAY_LENGTH]),  # once stored as an instant
    Kind.INSTANT: lambda value: facts.instant(datetime.fromisoformat(value)),
}
