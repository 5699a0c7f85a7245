"""What stands of a source after a try, as a table: nothing is called live that no answer proves."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator import content
from orchestrator.records.dossiers import Block, Presence, Provenance
from orchestrator.versions import carrying
from orchestrator.versions.carrying import Brought, Encoded, Failed, Result, Stood

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
OLD = content.encode(Block(presence=Presence.FOUND, person={"name": "Maria"}, sections={}))
NEW = content.encode(Block(presence=Presence.FOUND, person={"name": "Maria Silva"}, sections={}))
NOT_FOUND = content.encode(content.NOT_FOUND)
MISSING = content.encode(content.MISSING)


def said(origin: str | None, hours_ago: int = 24, error: str | None = None) -> Provenance:
    fetched_at = NOW - timedelta(hours=hours_ago) if origin else None
    return Provenance(origin=origin, fetched_at=fetched_at, attempts=1, error_code=error)


def stood(block: Encoded | None, provenance: Provenance | None) -> Stood:
    return Stood(block=block, provenance=provenance)


BROUGHT = Brought(block=NEW, provenance=said("live", 0))
FAILED = Failed(code="bad_answer", attempts=3)
CARRIED = Provenance(
    origin="carried", fetched_at=NOW - timedelta(hours=24), attempts=3, error_code="bad_answer"
)
LOST = Provenance(origin=None, fetched_at=None, attempts=3, error_code="bad_answer")
UNKNOWN = Provenance(origin=None, fetched_at=None, attempts=0, error_code=None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (stood(None, None), LOST),  # never known
        (stood(OLD, said("live")), CARRIED),
        (stood(OLD, said("cache")), CARRIED),
        (stood(OLD, said("carried", error="timeout")), CARRIED),  # its age stays that of the answer
        (stood(NOT_FOUND, said("live")), CARRIED),
        (stood(MISSING, said(None, error="timeout")), LOST),
        (stood(MISSING, said("live")), LOST),  # whatever is said of it, there is nothing to carry
        (stood(OLD, None), LOST),
    ],
)
def test_a_source_that_failed_leaves_what_is_known_with_its_age_and_the_error(
    before: Stood, after: Provenance
) -> None:
    assert carrying.stands(FAILED, before) == Result(block=None, provenance=after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (stood(OLD, said("live")), Result(block=OLD, provenance=said("live"))),
        (stood(NOT_FOUND, said("cache")), Result(block=NOT_FOUND, provenance=said("cache"))),
        (
            stood(OLD, said("carried", error="timeout")),
            Result(block=None, provenance=said("carried", error="timeout")),
        ),
        (
            stood(MISSING, said(None, error="refused")),
            Result(block=None, provenance=said(None, error="refused")),
        ),
        (stood(MISSING, said("live")), Result(block=None, provenance=said(None))),
        (stood(None, None), Result(block=None, provenance=UNKNOWN)),
    ],
)
def test_a_source_that_was_not_asked_stays_as_it_stood(before: Stood, after: Result) -> None:
    assert carrying.stands(None, before) == after


@pytest.mark.parametrize(
    "before",
    [
        stood(None, None),
        stood(OLD, said("live")),
        stood(OLD, said("carried", error="timeout")),
        stood(MISSING, said(None, error="timeout")),
        stood(OLD, said("live", 0)),  # of the same moment
    ],
)
def test_an_answer_that_was_read_stands(before: Stood) -> None:
    assert carrying.stands(BROUGHT, before) is BROUGHT


@pytest.mark.parametrize(("origin", "block"), [("live", OLD), ("cache", OLD), ("carried", None)])
def test_an_answer_that_is_older_than_what_stands_is_no_news(origin: str, block: Encoded | None) -> None:
    younger = said(origin, -1)
    assert carrying.stands(BROUGHT, stood(OLD, younger)) == Result(block=block, provenance=younger)
