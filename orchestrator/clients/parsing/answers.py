"""Checks a source's answers against what the source declares, value by value. Pure.

Every declared and required key must be there; other keys are ignored. A refusal names the key and
the row's number, never the value: values are people's data.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
import orjson
from msgspec import UNSET, Meta, Raw, Struct
from msgspec.structs import asdict

from orchestrator import content
from orchestrator.clients.parsing import shapes
from orchestrator.clients.parsing.shapes import CPF, Shape, source_key
from orchestrator.clients.parsing.values import CHECKS, Check
from orchestrator.content import NOT_FOUND
from orchestrator.errors import BadAnswer
from orchestrator.records.dossiers import Block, Presence
from orchestrator.records.sources import Column, Kind, Row, Section, Source

MAX_DEPTH = 50


class Listing(Struct, frozen=True):
    """Some of all the CPFs that a source knows. `next_cursor` is None after the last ones."""

    cpfs: list[Annotated[str, Meta(pattern=r"\A[0-9]{11}\Z")]]
    next_cursor: str | None


class _Named(Struct):
    """What of an item is read first: whose it is."""

    cpf: str


_listing = msgspec.json.Decoder(Listing)
_items = msgspec.json.Decoder(list[Raw])
_whose = msgspec.json.Decoder(_Named)


def read(decoder: msgspec.json.Decoder[Any], body: bytes | Raw, what: str = "the answer") -> Any:
    """What a body says, in a decoder's shape; raises BadAnswer."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BadAnswer(shapes.refusal(error, what)) from None
    except RecursionError:
        raise BadAnswer(f"{what} is nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadAnswer(f"{what} is not JSON") from None


def listing(body: bytes) -> Listing:
    """A checked page of CPFs; raises BadAnswer."""
    page: Listing = read(_listing, body)
    return page


def by_cpf(cpfs: Sequence[str], body: bytes) -> dict[str, bytes | BadAnswer]:
    """The item of each CPF that the answer has, as it came; a BadAnswer where it has two.

    Raises BadAnswer where the answer as a whole is not to be trusted: it is no list, or tells of
    people who were not asked. Reads no more of an item than whose it is: most are known already.
    """
    asked, found = set(cpfs), dict[str, bytes | BadAnswer]()
    for item in read(_items, body):
        cpf = read(_whose, item, "an item").cpf
        if cpf not in asked:
            raise BadAnswer("the answer is about a CPF that was not asked")
        found[cpf] = BadAnswer("one CPF twice") if cpf in found else bytes(item)
    return found


def block_of(blocks: Mapping[str, Block | BadAnswer], cpf: str) -> Block:
    """A person's block out of what `Parser.blocks` gives; raises BadAnswer where it cannot be used."""
    block = blocks[cpf]
    if isinstance(block, BadAnswer):
        raise block
    return block


class Parser:
    """Checks the items of one source, by what it declares: made once for many people."""

    def __init__(self, source: Source) -> None:
        rows = [shapes.row(section) for section in source.sections]
        shape = shapes.item(source, rows)
        self._decoder, self._cpf = shapes.decoder(shape), shape.names[CPF]
        self._person = [(column.key, shape.names[source_key(column)]) for column in source.person]
        self._checks, self._texts = _checks(source.person), _texts(source.person)
        self._sections = [
            (section.key, shape.names[source_key(section)], _Rows(section, row))
            for section, row in zip(source.sections, rows, strict=True)
        ]

    def blocks(self, cpfs: Sequence[str], body: bytes) -> dict[str, Block | BadAnswer]:
        """The block of each CPF asked, or why it is none: one bad row spoils no other person's block.

        Raises as `by_cpf`.
        """
        items = by_cpf(cpfs, body)
        return {cpf: self.block(cpf, items.get(cpf)) for cpf in cpfs}

    def block(self, cpf: str, item: bytes | BadAnswer | None) -> Block | BadAnswer:
        """A person's block, not found where the answer has no item, or why it is none."""
        if item is None:
            return NOT_FOUND
        if isinstance(item, BadAnswer):
            return item
        try:
            return self._found(cpf, item)
        except BadAnswer as error:
            return error

    def _found(self, cpf: str, item: bytes) -> Block:
        try:
            item.decode()  # what nobody declared is passed over, and is text all the same
        except UnicodeDecodeError:
            raise BadAnswer("an item is not JSON") from None
        _check_depth(item)
        said = read(self._decoder, item, "an item")
        if getattr(said, self._cpf) != cpf:
            raise BadAnswer("another CPF than asked")
        person = {key: getattr(said, name) for key, name in self._person}
        for key, name, check in self._checks:
            person[key] = check(person[key], name)
        for key in self._texts:
            person[key] = content.text(person[key])
        sections = {key: rows.of(getattr(said, name), cpf) for key, name, rows in self._sections}
        return Block(presence=Presence.FOUND, person=person, sections=sections)


_Checks = Sequence[tuple[str, str, Check]]  # our key, the source's key, what its value must be


def _checks(columns: Iterable[Column]) -> _Checks:
    return [
        (column.key, source_key(column), CHECKS[column.kind])
        for column in columns
        if column.kind in CHECKS and column.choices is None
    ]


def _texts(columns: Iterable[Column]) -> list[str]:
    return [column.key for column in columns if column.kind is Kind.TEXT and column.choices is None]


class _Rows:
    """Brings the rows of a section into our form. Each is made and looked at in place: there are dozens
    for each person, of hundreds of thousands of people."""

    def __init__(self, section: Section, shape: Shape) -> None:
        names = {column.key: shape.names[source_key(column)] for column in section.columns}
        self._key, self._is_single = source_key(section), section.single
        self._cpf = shape.names[CPF]
        self._checks, self._texts = _checks(section.columns), _texts(section.columns)
        self._others = [name for name in shape.names.values() if name not in names]
        self._copies = [(key, name) for key, name in names.items() if key != name]

    def of(self, found: Any, cpf: str) -> Sequence[Row]:
        """The rows of an item; raises BadAnswer."""
        if self._is_single:
            found = [] if found is None else [found]
        rows: list[dict[str, Any]] = [asdict(row) for row in found]
        for number, row in enumerate(rows, start=1):
            try:
                if row[self._cpf] not in (cpf, UNSET):
                    raise BadAnswer("another CPF than asked")
                for name in self._others:
                    del row[name]
                for key, name in self._copies:
                    row[key] = row[name]
                for key, name, check in self._checks:
                    row[key] = check(row[key], name)
                for key in self._texts:
                    row[key] = content.text(row[key])
            except BadAnswer as error:
                where = self._key if self._is_single else f"{self._key}, row {number}"
                raise BadAnswer(f"{where}: {error}") from None
        return rows


def _check_depth(item: bytes) -> None:
    """An item is never deeper than it has brackets: few have to be looked at."""
    if item.count(b"[") + item.count(b"{") < MAX_DEPTH:
        return
    try:
        level = [orjson.loads(item)]
    except orjson.JSONDecodeError:
        raise BadAnswer("an item is not JSON") from None
    for _ in range(MAX_DEPTH - 1):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise BadAnswer(f"an item is nested deeper than {MAX_DEPTH}")
