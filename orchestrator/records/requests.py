"""A person's ask and how it gets on, as it travels between modules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from orchestrator.errors import InvalidInput


class Purpose(StrEnum):
    """Why a person's dossier is asked for; kept with every ask."""

    CREDIT_ANALYSIS = "credit_analysis"
    COLLECTION = "collection"
    FRAUD_PREVENTION = "fraud_prevention"
    ACCOUNT_REVIEW = "account_review"
    DATA_SUBJECT_REQUEST = "data_subject_request"

    @classmethod
    def named(cls, name: str) -> "Purpose":
        """The purpose of that name; raises InvalidInput, field `purpose`, code `unknown`."""
        try:
            return cls(name)
        except ValueError:
            known = ", ".join(cls)
            raise InvalidInput("purpose", "unknown", f"The purpose must be one of {known}.") from None


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The receipt of an ask."""

    request_id: UUID
    dossier_id: int


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One live call to a source: when it ended, how long it took, and what came of it.

    `error_code` is None where it answered; then `reason` is empty. `reason` names keys, never values.
    `retry_in_seconds` is the wait until the next try, None where none was due.
    """

    number: int
    ended_at: datetime
    seconds: float
    error_code: str | None
    status_code: int | None
    reason: str
    retry_in_seconds: float | None

    @property
    def started_at(self) -> datetime:
        """When the call was made."""
        return self.ended_at - timedelta(seconds=self.seconds)


@dataclass(frozen=True, kw_only=True)
class FetchStatus:
    """One source's part of a request, as the status answers it. `source` is its declared name."""

    source: str
    state: str  # pending, fetching, waiting_retry, ok, not_found, stale, failed
    attempts: int
    max_attempts: int
    next_attempt_at: datetime | None
    origin: str | None  # live, cache, carried
    fetched_at: datetime | None
    error_code: str | None
    history: tuple[AttemptRecord, ...] = ()  # oldest first

    @property
    def finished(self) -> bool:
        """Whether the source has answered, or is asked no more."""
        return self.answered or self.state in ("stale", "failed")

    @property
    def answered(self) -> bool:
        """Whether the source has said something of the person."""
        return self.state in ("ok", "not_found")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What a request waits for: others ahead of it, and about how long they take. Past `until` it ends."""

    ahead: int
    expected_seconds: int
    until: datetime


@dataclass(frozen=True, kw_only=True)
class RequestStatus:
    """Where a request stands. `snapshot_version` is the dossier's latest version, or None. When its turn has
    come, `waiting` is None, and `deadline_at`, its end at the latest, is nearer than before."""

    request_id: UUID
    dossier_id: int
    owner: str
    team: str
    purpose: Purpose
    fresh: bool
    state: str  # queued, running, complete, partial, failed, cancelled
    outcome: str | None  # new_version, unchanged
    snapshot_version: int | None
    requested_at: datetime
    deadline_at: datetime
    finished_at: datetime | None
    sources: tuple[FetchStatus, ...]
    waiting: Waiting | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.finished_at is not None

    @property
    def joined(self) -> bool:
        """Whether it waits for work that began for somebody else's ask."""
        calls = (call for fetch in self.sources for call in fetch.history)
        return any(call.started_at < self.requested_at for call in calls)

    @property
    def can_retry(self) -> bool:
        """Whether asking again for what failed only would ask anything."""
        return self.state in ("partial", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class WantedAsks:
    """Which asks are to be listed: an owner's own, or all of the team's. What is empty does not matter."""

    owner: str
    team: str
    of_team: bool = False
    state: str = ""  # active, complete, partial, failed, cancelled
    purpose: str = ""
    since: datetime | None = None
    until: datetime | None = None  # not included
    skip: int = 0
    at_most: int = 25


@dataclass(frozen=True, kw_only=True)
class AskLine:
    """One ask in a list. `failures` tells by source why it did not answer, once the ask has ended."""

    request_id: UUID
    dossier_id: int
    owner: str
    purpose: Purpose
    state: str  # as RequestStatus's
    requested_at: datetime
    finished_at: datetime | None
    failures: Mapping[str, str]

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.finished_at is not None

    @property
    def can_retry(self) -> bool:
        """As RequestStatus's."""
        return self.state in ("partial", "failed", "cancelled")
