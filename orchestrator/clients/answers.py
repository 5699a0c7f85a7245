"""Checks a source's batch answer against what the source declares, value by value. Pure.

Every declared and required key must be there; other keys are ignored. A refusal names the key and
the row's number, never the value: values are people's data.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from orchestrator.clients.values import CHECKS, Check, text_of
from orchestrator.content import NOT_FOUND
from orchestrator.errors import BadAnswer
from orchestrator.records import Block, Column, Presence, Row, Section, Source

MAX_DEPTH = 50
_CPF = re.compile(r"[0-9]{11}")
_CONTAINERS = frozenset((dict, list))

_Columns = Sequence[tuple[str, str, Check]]  # our key, the source's key, what its value must be


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Some of all the CPFs that a source knows. `next_cursor` is None after the last ones."""

    cpfs: Sequence[str]
    next_cursor: str | None


class _Named(msgspec.Struct):
    """What of an item is read first: whose it is."""

    cpf: str


_items = msgspec.json.Decoder(list[msgspec.Raw])
_whose = msgspec.json.Decoder(_Named)


def read(body: bytes) -> Any:
    """An answer's JSON; raises BadAnswer."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadAnswer("the answer is not JSON") from None


def listing(answer: Any) -> Listing:
    """A checked page of CPFs; raises BadAnswer."""
    cpfs, cursor = _get(answer, "cpfs"), _get(answer, "next_cursor")
    if not isinstance(cpfs, list) or not all(isinstance(cpf, str) and _CPF.fullmatch(cpf) for cpf in cpfs):
        raise BadAnswer("cpfs is not a list of CPFs")
    if cursor is not None and not isinstance(cursor, str):
        raise BadAnswer("next_cursor is neither a text nor null")
    return Listing(cpfs=cpfs, next_cursor=cursor)


def parse(source: Source, cpfs: Sequence[str], body: bytes) -> dict[str, Block | BadAnswer]:
    """The block of each CPF asked, or why it is none: one bad row spoils no other person's block.

    Raises BadAnswer where the answer as a whole is not to be trusted: it is no list, or tells of
    people who were not asked.
    """
    items, parser = by_cpf(cpfs, body), Parser(source)
    return {cpf: parser.block(cpf, items.get(cpf)) for cpf in cpfs}


def by_cpf(cpfs: Sequence[str], body: bytes) -> dict[str, bytes | BadAnswer]:
    """The item of each CPF that the answer has, as it came; a BadAnswer where it has two.

    Raises as `parse` does. Reads no more of an item than whose it is: most are known already.
    """
    asked, found = set(cpfs), dict[str, bytes | BadAnswer]()
    for item in _list(body):
        cpf = _cpf_of(item)
        if cpf not in asked:
            raise BadAnswer("the answer is about a CPF that was not asked")
        found[cpf] = BadAnswer("one CPF twice") if cpf in found else bytes(item)
    return found


def _list(body: bytes) -> list[msgspec.Raw]:
    try:
        return _items.decode(body)
    except msgspec.ValidationError:
        raise BadAnswer("the answer is not a list") from None
    except (msgspec.DecodeError, RecursionError):
        raise BadAnswer("the answer is not JSON") from None


def _cpf_of(item: msgspec.Raw) -> str:
    try:
        return _whose.decode(item).cpf
    except (msgspec.DecodeError, RecursionError):
        return text_of(_get(read(bytes(item)), "cpf"), "cpf")


def block_of(blocks: Mapping[str, Block | BadAnswer], cpf: str) -> Block:
    """A person's block out of what `parse` gives; raises BadAnswer where it cannot be used."""
    block = blocks[cpf]
    if isinstance(block, BadAnswer):
        raise block
    return block


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """How a section's rows are checked. `keys`: how many a row has that brings nothing undeclared."""

    section: Section
    columns: _Columns
    required: frozenset[str]
    keys: int

    @classmethod
    def of(cls, section: Section) -> "_Rows":
        columns, required = _columns(section.columns), frozenset(section.required_keys)
        return cls(section=section, columns=columns, required=required, keys=_keys(columns, required))


class Parser:
    """Checks the items of one source, by what it declares: made once for many people."""

    def __init__(self, source: Source) -> None:
        self._required = source.required_keys
        self._person = _columns(source.person)
        self._sections = [_Rows.of(section) for section in source.sections]
        lists = [section.source_key or section.key for section in source.sections]
        self._keys = _keys(self._person, (*source.required_keys, *lists, "cpf"))

    def block(self, cpf: str, item: bytes | BadAnswer | None) -> Block | BadAnswer:
        """A person's block, not found where the answer has no item, or why it is none."""
        if item is None:
            return NOT_FOUND
        if isinstance(item, BadAnswer):
            return item
        try:
            return self._found(cpf, read(item))
        except BadAnswer as error:
            return error

    def _found(self, cpf: str, item: Any) -> Block:
        block = Block(
            presence=Presence.FOUND,
            person=_row(self._person, item),
            sections={rows.section.key: _rows(rows, cpf, item) for rows in self._sections},
        )
        _require(item, self._required)
        if item.get("cpf") != cpf:
            raise BadAnswer("another CPF than asked")
        if len(item) != self._keys:
            _check_depth(item, above=1)
        return block


def _columns(columns: Iterable[Column]) -> _Columns:
    return [(column.key, column.source_key or column.key, _check_of(column)) for column in columns]


def _keys(columns: _Columns, others: Iterable[str]) -> int:
    return len({name for _, name, _ in columns} | set(others))


def _check_of(column: Column) -> Check:
    if column.choices is None:
        return CHECKS[column.kind]
    words = {"", *column.choices}

    def one_of_them(value: Any, key: str) -> str:
        text = value if type(value) is str else text_of(value, key)
        if text not in words:
            raise BadAnswer(f"{key} is none of the documented words")
        return text

    return one_of_them


def _rows(rows: _Rows, cpf: str, item: Any) -> list[Row]:
    key = rows.section.source_key or rows.section.key
    value = _get(item, key)
    if rows.section.single:
        value = [] if value is None else [value]
    if not isinstance(value, list):
        raise BadAnswer(f"{key} is not a list")
    checked: list[Row] = []
    for row in value:
        try:
            checked.append(_row_of(rows, cpf, row))
        except BadAnswer as error:
            raise BadAnswer(f"{key}, row {len(checked) + 1}: {error}") from None
    return checked


def _row_of(rows: _Rows, cpf: str, row: Any) -> Row:
    checked = _row(rows.columns, row)
    if not rows.required <= row.keys():
        _require(row, rows.section.required_keys)
    if len(row) != rows.keys:
        _check_depth(row, above=3)
    if row.get("cpf", cpf) != cpf:
        raise BadAnswer("another CPF than asked")
    return checked


def _row(columns: _Columns, data: Any) -> Row:
    if type(data) is not dict:
        raise BadAnswer("an item is not an object")
    try:
        return {key: check(data[name], name) for key, name, check in columns}
    except KeyError as lacking:
        raise BadAnswer(f"{lacking.args[0]} is missing") from None


def _get(data: Any, key: str) -> Any:
    _require(data, (key,))
    return data[key]


def _require(data: Any, keys: tuple[str, ...]) -> None:
    if not isinstance(data, dict):
        raise BadAnswer("an item is not an object")
    for key in keys:
        if key not in data:
            raise BadAnswer(f"{key} is missing")


def _check_depth(value: Any, *, above: int) -> None:
    """For what has undeclared keys: the declared ones are too flat to be deep."""
    level = [value]
    for _ in range(MAX_DEPTH - above):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) in _CONTAINERS
        ]
        if not level:
            return
    raise BadAnswer(f"the answer is nested deeper than {MAX_DEPTH}")
