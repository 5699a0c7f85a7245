"""Blocks as they are stored, and read again, also where form or declaration have moved since."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from orchestrator import content
from orchestrator.clients import beta
from orchestrator.clients.parsing.answers import Parser, block_of
from orchestrator.clients.registry import SOURCES
from orchestrator.records.sources import Column, Kind, Label, Section, Source, Value
from orchestrator.sealing import envelopes
from tests.fakes import people
from tests.fakes.people import MARIA


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_what_is_stored_reads_as_it_was(source: Source) -> None:
    body = orjson.dumps([people.answer_of(source.name, MARIA)])
    block = block_of(Parser(source).blocks([MARIA], body), MARIA)
    stored = orjson.loads(envelopes.canonical(content.encode(block)))
    assert content.decode(source, stored) == block


def test_what_was_stored_in_an_older_form_reads_in_the_present_one() -> None:
    person = {"name": "Joa\u0303o ", "date_birth": "1985-10-20T03:00:00Z"}
    block = content.decode(beta.SOURCE, {"presence": "found", "person": person, "sections": {}})
    assert block.person == {"name": "João", "date_birth": date(1985, 10, 20)}


@pytest.mark.parametrize(
    ("kind", "stored", "read"),
    [
        (Kind.MONEY, "1.50", Decimal("1.50")),
        (Kind.MONEY, "much", "much"),
        (Kind.DATE, "2020-01-31", date(2020, 1, 31)),
        (Kind.DATE, "soon", "soon"),
        (Kind.INSTANT, "2020-01-31T12:00:00.25Z", datetime(2020, 1, 31, 12, tzinfo=UTC)),
        (Kind.INSTANT, "1", "1"),
        (Kind.IDENTIFIER, " 7 ", " 7 "),
        (Kind.IDENTIFIER, 7, 7),
        (Kind.DAY, None, None),
    ],
)
def test_a_column_that_was_of_another_kind_keeps_its_text(kind: Kind, stored: Any, read: Value) -> None:
    label = Label(pt="…", en="…")
    section = Section(key="rows", label=label, columns=(Column(key="value", kind=kind, label=label),))
    source = Source(name="fourth", label=label, sections=(section,))
    block = content.decode(
        source, {"presence": "found", "person": {}, "sections": {"rows": [{"value": stored}]}}
    )
    assert block.sections["rows"] == [{"value": read}]
