"""Checks a source's batch answer against what the source declares, value by value. Pure.

Every declared and required key must be there; other keys are ignored. A refusal names the key and
the row's number, never the value: values are people's data.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from orchestrator.content import NOT_FOUND
from orchestrator.errors import BadAnswer
from orchestrator.records import Block, Column, Kind, Presence, Row, Section, Source, Value

MAX_DEPTH = 50
_CENT = Decimal("0.01")
_TOO_MUCH = Decimal(10) ** 12
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


def parse(source: Source, cpfs: Sequence[str], answer: Any) -> dict[str, Block | BadAnswer]:
    """The block of each CPF asked, or why it is none: one bad row spoils no other person's block.

    Raises BadAnswer where the answer as a whole is not to be trusted: it is no list, or tells of
    people who were not asked.
    """
    _check_depth(answer)
    if not isinstance(answer, list):
        raise BadAnswer("the answer is not a list")
    blocks: dict[str, Block | BadAnswer] = dict.fromkeys(cpfs, NOT_FOUND)
    seen: set[str] = set()
    for item in answer:
        cpf = _text(_get(item, "cpf"), "cpf")
        if cpf not in blocks:
            raise BadAnswer("the answer is about a CPF that was not asked")
        blocks[cpf] = BadAnswer("one CPF twice") if cpf in seen else _block_or_why(source, cpf, item)
        seen.add(cpf)
    return blocks


def block_of(blocks: Mapping[str, Block | BadAnswer], cpf: str) -> Block:
    """A person's block out of what `parse` gives; raises BadAnswer where it cannot be used."""
    block = blocks[cpf]
    if isinstance(block, BadAnswer):
        raise block
    return block


def _block_or_why(source: Source, cpf: str, item: Mapping[str, Any]) -> Block | BadAnswer:
    try:
        return _block(source, cpf, item)
    except BadAnswer as error:
        return error


def _block(source: Source, cpf: str, item: Mapping[str, Any]) -> Block:
    _require(item, source.required_keys)
    return Block(
        presence=Presence.FOUND,
        person=_row(source.person, item),
        sections={section.key: _rows(section, cpf, item) for section in source.sections},
    )


def _rows(section: Section, cpf: str, item: Mapping[str, Any]) -> list[Row]:
    key = section.source_key or section.key
    value = _get(item, key)
    if section.single:
        value = [] if value is None else [value]
    if not isinstance(value, list):
        raise BadAnswer(f"{key} is not a list")
    rows: list[Row] = []
    for number, row in enumerate(value, start=1):
        try:
            rows.append(_row_of(section, cpf, row))
        except BadAnswer as error:
            raise BadAnswer(f"{key}, row {number}: {error}") from None
    return rows


def _row_of(section: Section, cpf: str, row: Any) -> Row:
    _require(row, section.required_keys)
    checked = _row(section.columns, row)
    if row.get("cpf", cpf) != cpf:
        raise BadAnswer("another CPF than asked")
    return checked


def _row(columns: tuple[Column, ...], data: Any) -> Row:
    return {column.key: _value(column, _get(data, column.source_key or column.key)) for column in columns}


def _value(column: Column, value: Any) -> Value:
    key = column.source_key or column.key
    checked = _CHECKS[column.kind](value, key)
    if column.choices is not None and checked not in ("", *column.choices):
        raise BadAnswer(f"{key} is none of the documented words")
    return checked


def _get(data: Any, key: str) -> Any:
    if not isinstance(data, dict):
        raise BadAnswer("an item is not an object")
    if key not in data:
        raise BadAnswer(f"{key} is missing")
    return data[key]


def _require(data: Any, keys: tuple[str, ...]) -> None:
    for key in keys:
        _get(data, key)


def _check_depth(answer: Any) -> None:
    level, depth = [answer], 0
    while level := [value for value in level if isinstance(value, dict | list)]:
        depth += 1
        if depth > MAX_DEPTH:
            raise BadAnswer(f"the answer is nested deeper than {MAX_DEPTH}")
        level = [child for value in level for child in (value.values() if isinstance(value, dict) else value)]


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise BadAnswer(f"{key} is not a text")
    return value


def _identifier(value: Any, key: str) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadAnswer(f"{key} is neither a text nor a whole number")
    return value


def _money(value: Any, key: str) -> Decimal:
    """Decimal strings and JSON numbers alike, to cents, half-even, below 10¹² in size."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadAnswer(f"{key} is not money")
    text = repr(value) if isinstance(value, float) else str(value)
    if not _AMOUNT.fullmatch(text):
        raise BadAnswer(f"{key} is not money")
    exact = Decimal(text)
    # Rounding may reach the bound; adding zero turns a negative zero into zero.
    amount = exact.quantize(_CENT, ROUND_HALF_EVEN) + 0 if abs(exact) < _TOO_MUCH else exact
    if abs(amount) >= _TOO_MUCH:
        raise BadAnswer(f"{key} is not a possible amount")
    return amount


def _date(value: Any, key: str) -> date | None:
    text = _text(value, key)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadAnswer(f"{key} is not a date") from None


def _instant(value: Any, key: str) -> datetime | None:
    """An instant in UTC; the zero values of both kinds of source ("" and Go's year 1) are None."""
    text = _text(value, key)
    if not text or text.startswith("0001-01-01"):
        return None
    try:
        instant = datetime.fromisoformat(text)
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadAnswer(f"{key} is not an instant") from None


_CHECKS: Mapping[Kind, Callable[[Any, str], Value]] = {
    Kind.TEXT: _text,
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.INSTANT: _instant,
    Kind.DAY: _instant,
    Kind.IDENTIFIER: _identifier,
}
