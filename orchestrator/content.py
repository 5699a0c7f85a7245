"""Blocks to JSON values and back, by what their source declares, each fact in its one form. Pure.

Sources write one fact in many ways, and change the way without a word: none of that is news of a person.
Both what sources answer and what was stored before go through here (ADR 13), so that what is the same
compares as the same.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from unicodedata import is_normalized, normalize
from zoneinfo import ZoneInfo

import orjson

from orchestrator.records.dossiers import Block, Presence
from orchestrator.records.sources import Column, Kind, Row, Source, Value

MISSING = Block(presence=Presence.MISSING, person={}, sections={})
NOT_FOUND = Block(presence=Presence.NOT_FOUND, person={}, sections={})

SAO_PAULO = ZoneInfo("America/Sao_Paulo")

_READING = 4  # to be moved with how values are checked, content is written, or a hash is kept
_DAY_LENGTH = len("YYYY-MM-DD")
_UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF))  # soft hyphen, zero-width space, joiner, BOM


def text(given: str) -> str:
    """A text composed (Unicode's NFC), with one blank between its words, none around them, and nothing
    in it that cannot be seen."""
    is_plain = given.isprintable() and (given.isascii() or is_normalized("NFC", given))
    if is_plain and "  " not in given and given.strip() == given:
        return given  # most are
    seen = given if given.isprintable() else given.translate(_UNSEEN)
    return " ".join(normalize("NFC", seen).split())


def instant(given: datetime) -> datetime:
    """An instant in UTC, to the second: fractions come and go with the program that writes it.

    Without an offset it is in the time of São Paulo. Raises OverflowError at the ends of the calendar.
    """
    zoned = given if given.tzinfo else given.replace(tzinfo=SAO_PAULO)
    moment = zoned if zoned.tzinfo is UTC else zoned.astimezone(UTC)
    return moment.replace(microsecond=0) if moment.microsecond else moment


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


def fingerprint(source: Source) -> str:
    """Moves with what changes how a source's answers are read, and with nothing else: not with a label, a
    total, or the order in which things are declared. What was read under another says nothing here."""
    sections = [
        [each.key, each.source_key, each.single, sorted(each.required_keys), _declared(each.columns)]
        for each in source.sections
    ]
    told = [_READING, source.name, sorted(source.required_keys), _declared(source.person), sorted(sections)]
    return blake2b(orjson.dumps(told), digest_size=8).hexdigest()


def _declared(columns: Iterable[Column]) -> list[list[Any]]:
    return sorted(
        [each.key, each.source_key, each.kind.value, each.choices and sorted(each.choices)]
        for each in columns
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
        return text(value)


_READ: Mapping[Kind, Callable[[str], Value]] = {
    Kind.TEXT: text,
    Kind.MONEY: Decimal,
    Kind.DATE: date.fromisoformat,
    Kind.DAY: lambda value: date.fromisoformat(value[:_DAY_LENGTH]),  # once stored as an instant
    Kind.INSTANT: lambda value: instant(datetime.fromisoformat(value)),
}
