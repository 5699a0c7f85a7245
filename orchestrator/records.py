"""What travels between modules: frozen, keyword-only, without a secret shape.

Money is `Decimal` in BRL with two places; instants are aware UTC `datetime`s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from orchestrator.errors import InvalidInput

Value = str | int | Decimal | date | datetime | None
Row = Mapping[str, Value]
RowChange = tuple[Row, Row]  # before and after


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


class Presence(StrEnum):
    """What is known of a person at one source; `missing` is failed and never known."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    MISSING = "missing"


class Kind(StrEnum):
    """The type of a declared value, which decides how it is checked, stored and shown."""

    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    INSTANT = "instant"
    DAY = "day"  # a day that a source may write as an instant, such as a birth date: the written day counts
    IDENTIFIER = "identifier"  # the source's own id of a row; not shown on pages


@dataclass(frozen=True, kw_only=True)
class Label:
    """A heading in both languages."""

    pt: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """One value of a row. `source_key` is its key in the source's answer, where it differs.

    `choices` lists the words that the source may answer and how each is shown.
    """

    key: str
    kind: Kind
    label: Label
    source_key: str = ""
    choices: Mapping[str, Label] | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """A list of rows in a source's answer (or, if `single`, one row or null).

    `required_keys` are documented keys of each row that are checked for, but not kept.
    `total` is the key of the money column that pages and API add up.
    """

    key: str
    label: Label
    columns: tuple[Column, ...]
    total: str | None = None
    single: bool = False
    source_key: str = ""
    required_keys: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """What one source declares of itself: all that pages, API, export and diff need to know."""

    name: str
    label: Label
    sections: tuple[Section, ...]
    person: tuple[Column, ...] = ()
    required_keys: tuple[str, ...] = ()


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
    def can_retry(self) -> bool:
        """Whether asking again for what failed only would ask anything."""
        return self.state in ("partial", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a standing block came from, and what the last try for a newer one met."""

    origin: str | None  # live, cache, carried; None where the block is missing
    fetched_at: datetime | None
    attempts: int
    error_code: str | None


@dataclass(frozen=True, kw_only=True)
class Block:
    """One source's part of a version: `person` values by key, rows by section key."""

    presence: Presence
    person: Mapping[str, Value]
    sections: Mapping[str, Sequence[Row]]


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """A person's value on which the sources do not agree."""

    field: str
    values: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class DossierView:
    """A dossier at one version, or, with `version` None, before its first one (then no blocks).

    `blocks` and `provenance` are by source name, in the registry's order.
    """

    id: int
    cpf: str
    version: int | None
    latest_version: int | None
    completeness: str | None  # complete, partial
    created_at: datetime | None
    checked_at: datetime | None
    person: Mapping[str, Value]
    blocks: Mapping[str, Block]
    provenance: Mapping[str, Provenance]
    divergences: tuple[Divergence, ...]


@dataclass(frozen=True, kw_only=True)
class Headline:
    """Who a dossier is about: for lists. `name` is None before the first version."""

    id: int
    cpf: str
    name: str | None
    version: int | None


@dataclass(frozen=True, kw_only=True)
class VersionSummary:
    """One line of a dossier's history. `pinned`: kept whatever its age."""

    number: int
    completeness: str
    created_at: datetime
    pinned: bool = False


@dataclass(frozen=True, kw_only=True)
class ValueChange:
    """A person's value that moved between two versions."""

    source: str
    field: str
    before: Value
    after: Value


@dataclass(frozen=True, kw_only=True)
class SectionChange:
    """What moved in one section between two versions.

    `comparable` is False where either side is unknown: then nothing is known to have moved, and all
    lists are empty. `never_asked`: because the source was not yet asked for the section.
    """

    source: str
    section: str
    comparable: bool
    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[RowChange, ...] = ()
    never_asked: bool = False


@dataclass(frozen=True, kw_only=True)
class PresenceChange:
    """A source's presence that moved: found, not_found and missing are three different things."""

    source: str
    before: Presence
    after: Presence


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What changed from one version to another."""

    from_version: int
    to_version: int
    presence: tuple[PresenceChange, ...]
    person: tuple[ValueChange, ...]
    sections: tuple[SectionChange, ...]
