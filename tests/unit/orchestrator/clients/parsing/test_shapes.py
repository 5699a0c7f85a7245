"""What a source may declare, and how it is read."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.clients import registry
from orchestrator.clients.parsing.answers import Parser
from orchestrator.content import fingerprint
from orchestrator.records.dossiers import Block
from orchestrator.records.sources import Column, Kind, Label, Row, Section, Source
from tests.fakes.people import MARIA

LABEL = Label(pt="…", en="…")


def column(key: str, kind: Kind = Kind.TEXT, **more: Any) -> Column:
    return Column(key=key, kind=kind, label=LABEL, **more)


def declared(*columns: Column, **more: Any) -> Source:
    """A source with a section of these columns."""
    section = Section(key="rows", label=LABEL, columns=columns, **more)
    return Source(name="fourth", label=LABEL, sections=(section,))


def read(source: Source, row: dict[str, Any]) -> Row:
    """The one row, as it is read."""
    block = Parser(source).block(MARIA, json.dumps({"cpf": MARIA, "rows": [row]}).encode())
    assert isinstance(block, Block), block
    return block.sections["rows"][0]


def test_two_columns_may_read_one_key() -> None:
    source = declared(column("text", source_key="at"), column("at", Kind.INSTANT))
    assert read(source, {"at": "2026-11-25T12:00:00Z"}) == {
        "text": "2026-11-25T12:00:00Z",
        "at": datetime(2026, 11, 25, 12, tzinfo=UTC),
    }


def test_keys_may_change_places() -> None:
    source = declared(column("a", source_key="b"), column("b", source_key="a"))
    assert read(source, {"a": "1", "b": "2"}) == {"a": "2", "b": "1"}


def test_a_source_s_key_need_not_be_a_name() -> None:
    source = declared(column("due", source_key="due-date"), required_keys=("bank code", "due-date"))
    assert read(source, {"due-date": "soon", "bank code": 1}) == {"due": "soon"}


def test_a_row_may_show_whose_it_is() -> None:
    assert read(declared(column("document", source_key="cpf")), {"cpf": MARIA}) == {"document": MARIA}


def test_words_are_not_read_as_their_kind() -> None:
    source = declared(column("when", Kind.DATE, choices={"soon": LABEL}))
    assert read(source, {"when": "soon"}) == {"when": "soon"}


READ = declared(column("when", Kind.DATE), column("word", choices={"a": LABEL, "b": LABEL}))


@pytest.mark.parametrize(
    "other",
    [
        replace(READ, required_keys=("id",)),
        replace(READ, person=(column("name"),)),
        replace(READ, sections=(*READ.sections, Section(key="more", label=LABEL, columns=()))),
        declared(column("when", Kind.INSTANT), column("word", choices={"a": LABEL, "b": LABEL})),
        declared(
            column("when", Kind.DATE, source_key="at"), column("word", choices={"a": LABEL, "b": LABEL})
        ),
        declared(column("when", Kind.DATE), column("word", choices={"a": LABEL})),
        declared(column("when", Kind.DATE), column("word")),
        declared(*READ.sections[0].columns, source_key="lines"),
        declared(*READ.sections[0].columns, required_keys=("id",)),
        declared(*READ.sections[0].columns, single=True),
    ],
)
def test_what_changes_the_reading_moves_the_fingerprint(other: Source) -> None:
    assert fingerprint(other) != fingerprint(READ)


def test_a_label_a_total_and_the_order_leave_the_fingerprint() -> None:
    label = Label(pt="Outro", en="Other")
    when, word = READ.sections[0].columns
    columns = (replace(word, label=label, choices={"b": label, "a": label}), when)
    section = replace(READ.sections[0], label=label, total="when", columns=columns)
    assert fingerprint(replace(READ, label=label, sections=(section,))) == fingerprint(READ)


def test_what_cannot_be_read_is_told_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.check(None) == []
    torn = declared(column("a", source_key="x"), column("b", Kind.IDENTIFIER, source_key="x"))
    unnamed = replace(declared(column("due-date")), name="fifth")
    monkeypatch.setattr(registry, "SOURCES", (*registry.SOURCES, torn, unnamed))
    found = registry.check(None)
    assert [message.id for message in found] == ["orchestrator.E001"] * 2
    assert "x is declared with two types" in found[0].msg
