"""Checks a source's answers against what the source declares, value by value. Pure.

Every declared and required key must be there; other keys are ignored. A refusal names the key and
the row's number, never the value: values are people's data.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, Struct
from msgspec.structs import asdict

from orchestrator.clients import shapes
from orchestrator.clients.values import CHECKS, Check
from orchestrator.content import NOT_FOUND
from orchestrator.errors import BadAnswer
from orchestrator.records import Block, Column, Presence, Row, Section, Source

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
_anything = msgspec.json.Decoder()


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
        self._decoder = shapes.decoder(source)
        self._person = [(column.key, f"person_{column.key}") for column in source.person]
        self._person_checks = _checks(source.person)
        self._sections = [_Rows(section) for section in source.sections]

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
        _check_depth(item)
        said = read(self._decoder, item, "an item")
        if said.cpf != cpf:
            raise BadAnswer("another CPF than asked")
        person = {key: getattr(said, name) for key, name in self._person}
        for key, name, check in self._person_checks:
            person[key] = check(person[key], name)
        return Block(
            presence=Presence.FOUND,
            person=person,
            sections={rows.section.key: rows.of(said, cpf) for rows in self._sections},
        )


_Checks = Sequence[tuple[str, str, Check]]  # our key, the source's key, what its value must be


def _checks(columns: Iterable[Column]) -> _Checks:
    return [
        (column.key, column.source_key or column.key, check)
        for column in columns
        if (check := CHECKS.get(column.kind))
    ]


class _Rows:
    """Checks the rows of a section."""

    def __init__(self, section: Section) -> None:
        self.section = section
        self._name, self._checks = f"section_{section.key}", _checks(section.columns)
        self._source_key = section.source_key or section.key
        self._unread = shapes.unread(section)

    def of(self, said: Any, cpf: str) -> Sequence[Row]:
        """Those of an item; raises BadAnswer."""
        found = getattr(said, self._name)
        if self.section.single:
            found = [] if found is None else [found]
        rows = [asdict(row) for row in found]
        for number, row in enumerate(rows, start=1):
            try:
                if row.pop("cpf") not in (cpf, UNSET):
                    raise BadAnswer("another CPF than asked")
                for name in self._unread:
                    del row[name]
                for key, name, check in self._checks:
                    row[key] = check(row[key], name)
            except BadAnswer as error:
                raise BadAnswer(f"{self._source_key}, row {number}: {error}") from None
        return rows


def _check_depth(item: bytes) -> None:
    """An item is never deeper than it has brackets: few have to be looked at."""
    if item.count(b"[") + item.count(b"{") < MAX_DEPTH:
        return
    level = [read(_anything, item, "an item")]
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
