"""The calls that a request made to one source, laid out for reading."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orchestrator.records.requests import AttemptRecord
from portal.presenting import formats, words
from portal.presenting.words import Sign


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call. `reason` is technical and in English; `retry_in` is empty where no try was to follow."""

    number: int
    started_at: datetime
    lasted: str
    sign: Sign
    failed: bool
    status_code: int | None
    reason: str
    retry_in: str


def of(history: Iterable[AttemptRecord]) -> tuple[Attempt, ...]:
    """The calls in the order in which they were made."""
    return tuple(_attempt(record) for record in history)


def _attempt(record: AttemptRecord) -> Attempt:
    wait = record.retry_in_seconds
    return Attempt(
        number=record.number,
        started_at=record.started_at,
        lasted=formats.duration(record.seconds),
        sign=_failed(record.error_code) if record.error_code else words.ANSWERED,
        failed=record.error_code is not None,
        status_code=record.status_code,
        reason=record.reason,
        retry_in="" if wait is None else formats.duration(wait),
    )


def _failed(code: str) -> Sign:
    return Sign(word=words.error(code), icon="bad", tone="warn")
