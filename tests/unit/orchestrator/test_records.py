"""Rules that records know of themselves, the same for pages, API, files and commands."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from orchestrator.records.dossiers import AsOf, Block, DossierView, Presence
from orchestrator.records.runs import MemberResult, RejectedLine
from orchestrator.records.sources import Column, Kind, Label, Row, Section

LABEL = Label(pt="x", en="x")
FOUND = Block(presence=Presence.FOUND, person={}, sections={"debts": ({"value": 1},)})
NOT_FOUND = Block(presence=Presence.NOT_FOUND, person={}, sections={})
MISSING = Block(presence=Presence.MISSING, person={}, sections={})
UNTIL = datetime(2026, 11, 22, tzinfo=UTC)
MEMBER = MemberResult(
    dossier_id=7, outcome="new", errors={"beta": "timeout"}, line=1, restored=False, version=2, until=UNTIL
)
VIEW = DossierView(
    id=7,
    cpf="",
    version=2,
    latest_version=2,
    completeness=None,
    created_at=None,
    checked_at=None,
    person={},
    blocks={"alpha": FOUND, "beta": NOT_FOUND, "capa": MISSING},
    provenance={},
    divergences=(),
)


@pytest.mark.parametrize(
    ("source", "section", "rows", "never_asked"),
    [
        ("alpha", "debts", ({"value": 1},), False),
        ("alpha", "loans", None, True),
        ("beta", "loans", (), False),
        ("capa", "loans", None, False),
        ("delta", "loans", None, False),
    ],
)
def test_nothing_there_is_not_nothing_known(
    source: str, section: str, rows: tuple[object, ...] | None, never_asked: bool
) -> None:
    assert VIEW.rows(source, section) == rows
    assert VIEW.never_asked(source, section) is never_asked


def test_somebody_is_known_nowhere_only_where_every_source_said_so() -> None:
    assert replace(VIEW, blocks={"alpha": NOT_FOUND, "beta": NOT_FOUND}).is_known_nowhere
    assert not replace(VIEW, blocks={"alpha": NOT_FOUND, "beta": MISSING}).is_known_nowhere
    assert not replace(VIEW, blocks={}).is_known_nowhere


@pytest.mark.parametrize(
    ("block", "error", "state"),
    [
        (FOUND, None, "ok"),
        (FOUND, "timeout", "stale"),
        (NOT_FOUND, None, "not_found"),
        (NOT_FOUND, "timeout", "stale"),
        (MISSING, "timeout", "failed"),
    ],
)
def test_a_source_stands_as_a_fetch_would_have_ended(block: Block, error: str | None, state: str) -> None:
    assert block.state_after(error) == state


def test_a_total_is_split_by_the_words_of_a_column_that_has_some() -> None:
    value = Column(key="value", kind=Kind.MONEY, label=LABEL)
    kind = Column(key="kind", kind=Kind.TEXT, label=LABEL, choices={"in": LABEL, "out": LABEL})
    rows: list[Row] = [
        {"kind": "in", "value": Decimal("1.50")},
        {"kind": None, "value": Decimal(2)},
        {"kind": "in"},
    ]
    split = Section(key="moves", label=LABEL, columns=(value, kind), total="value")
    assert split.totals(rows) == {"in": Decimal("1.50"), "out": Decimal(0), "": Decimal(2)}
    assert replace(split, columns=(value,)).totals(rows) == {"": Decimal("3.50")}


def test_a_result_is_told_as_its_run_left_it() -> None:
    errors = MEMBER.errors
    assert MEMBER.as_of == AsOf(dossier_id=7, version=2, until=UNTIL, errors=errors)
    assert replace(MEMBER, outcome="skipped").as_of == AsOf(dossier_id=7, version=2, until=UNTIL)
    assert replace(MEMBER, dossier_id=None).as_of is None


def test_why_a_result_has_no_values() -> None:
    gone = replace(VIEW, version=None)
    assert MEMBER.why_without_version(VIEW) is None
    assert MEMBER.why_without_version(gone) == MEMBER.why_without_version(None) == "version_deleted"
    assert replace(MEMBER, version=0).why_without_version(gone) is None
    assert replace(MEMBER, version=None).why_without_version(VIEW) == "version_unknown"


def test_a_repeated_row_is_no_bad_one() -> None:
    assert RejectedLine(line=3, code="duplicate", message="", repeats=2).outcome == "duplicate"
    assert RejectedLine(line=3, code="length", message="").outcome == "rejected"
