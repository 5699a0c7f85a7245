"""Runs as they travel between modules: frozen, keyword-only. Instants are aware UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from orchestrator.errors import InvalidInput
from orchestrator.records.dossiers import AsOf, DossierView


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How many dossiers of a run ended how; each counts once, by the first that holds.

    `cancelled` are those to whom the run had not come when it was cancelled.
    """

    failed: int = 0
    partial: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    cancelled: int = 0

    @property
    def counted(self) -> int:
        """All of them: when a run has ended, as many as are in it."""
        return sum(getattr(self, field.name) for field in fields(self))

    @property
    def done(self) -> int:
        """All to whom the run has come."""
        return self.counted - self.cancelled

    @property
    def lacking(self) -> int:
        """Those who still lack some source's answer."""
        return self.failed + self.partial


@dataclass(frozen=True, kw_only=True)
class ListAccepted:
    """The run of a list; `existing` where the same list had been sent before, and it is that one's."""

    run_id: int
    existing: bool


@dataclass(frozen=True, kw_only=True)
class ListRows:
    """The rows of an uploaded list: those that are built, and those that are not.

    Accepted, duplicates and rejected add up to the rows that are not blank.
    """

    accepted: int = 0
    restored: int = 0  # of those accepted, whose lost leading zeros were put back
    duplicates: int = 0  # built once
    rejected: int = 0  # with a reason each
    sheet: str = ""  # the worksheet that was read; empty of CSV


@dataclass(frozen=True, kw_only=True)
class RunSource:
    """How a source did during a run.

    `calls` are bulk calls that were made, `errors` why it brought nothing, by error code (`circuit_open`:
    no call was made), `median_seconds` of the answered ones (None without any; to 5 % of itself). `lacking`
    are dossiers that still lack this source's answer.
    `listed` is how many CPFs it listed, None in a run over a list; `list_error_code` tells why its
    list was not read to the end, after so many tries in a row, of as many as there are at most. While it is
    tried again later, `list_next_try_at` says when.
    """

    source: str
    calls: int
    answered: int
    errors: Mapping[str, int]
    median_seconds: float | None
    lacking: int
    listed: int | None
    list_error_code: str | None
    given_up: bool  # the run goes on without it, and tries what failed again at the end
    list_tries: int = 0
    list_max_tries: int = 0
    list_next_try_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RunStatus:
    """Where a run stands.

    `paused_at` is since when it is paused. `waiting_night` is the business date whose run is owed and
    waits for this one; `overtaken` is one that was paused for so long that the next night ended it.
    `total` is how many dossiers are known to be in it; it may grow while `planning`. `per_second` is
    the rate of the last minute of work, or of the whole run once it has ended. `changes` counts
    changed dossiers by "source.section" ("source.person", "source.presence"), the most first;
    `most_changed` pairs a dossier with its changed rows, the most first.
    """

    id: int
    kind: str  # nightly, list, retry
    state: str  # running, paused, complete, partial, failed, cancelled
    business_date: date | None
    parent_id: int | None
    retry_ids: tuple[int, ...]
    purpose: str
    owner: str
    team: str
    over_everybody: bool  # a nightly run, or what failed in one
    created_at: datetime
    finished_at: datetime | None
    paused_at: datetime | None
    resume_at: datetime | None  # of a run that paused by itself
    paused_for: tuple[str, ...]  # the sources whose failing made it pause
    waiting_night: date | None
    overtaken: bool
    planning: bool
    total: int
    totals: Totals
    per_second: float | None
    seconds_left: float | None
    rows: ListRows | None
    sources: tuple[RunSource, ...]
    changes: Mapping[str, int]
    most_changed: tuple[tuple[int, int], ...]
    waiting_again: int  # dossiers that will be asked about again
    erased: int = 0  # people who were left out: their data are erased
    forgotten_at: datetime | None = None  # its details were deleted then: only the totals are left

    @property
    def finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.finished_at is not None

    @property
    def can_retry(self) -> bool:
        """Whether asking again for what failed would ask anything."""
        return bool(self.totals.lacking) and self.finished and self.forgotten_at is None


@dataclass(frozen=True, kw_only=True)
class RejectedLine:
    """A row of a list that is not built, and why; the value itself is not kept.

    `repeats` is the line that has the same CPF, where that is the reason.
    """

    line: int
    code: str
    message: str
    repeats: int | None = None

    @property
    def outcome(self) -> str:
        """What became of it, beside the outcomes of those that are built."""
        return "rejected" if self.repeats is None else "duplicate"


@dataclass(frozen=True, kw_only=True)
class MemberResult:
    """What a run did to one dossier. `errors`: by source, why its answer is lacking.

    `outcome` is a field of Totals, or "waiting" while the run has not come to it. `version` is the one that
    the run made or confirmed, until when it had: 0 where none, None where that was not noted. `line` and
    `restored` tell of the row in an uploaded list; before it is looked up it has no dossier.
    """

    dossier_id: int | None
    outcome: str
    errors: Mapping[str, str]
    line: int | None
    restored: bool
    version: int | None = None
    until: datetime | None = None

    @property
    def as_of(self) -> AsOf | None:
        """The dossier as the run left it; who was checked by somebody else is told as that one found them."""
        if self.dossier_id is None:
            return None
        return AsOf(
            dossier_id=self.dossier_id,
            version=self.version or 0,
            until=self.until,
            errors=None if self.outcome == "skipped" else self.errors,
        )

    def why_without_version(self, view: DossierView | None) -> str | None:
        """Why the dossier `as_of` the run has no values although the run brought some: `version_unknown`,
        `version_deleted`; None where it has them, or the run brought none."""
        if self.version is None:
            return "version_unknown"
        return "version_deleted" if self.version and (view is None or view.version is None) else None


class NoGoodRow(InvalidInput):
    """None of a list's rows can be built: `rejected` are the first of them, `number` is how many."""

    def __init__(self, rejected: Sequence[RejectedLine], number: int) -> None:
        self.rejected, self.number = tuple(rejected), number
        first = rejected[0]
        message = f"No row has a CPF that can be taken. Line {first.line:,}, for one: {first.message}"
        super().__init__("file", "no_good_row", message)


@dataclass(frozen=True, kw_only=True)
class BulkCall:
    """A bulk call to a source, or one that was not made: `error_code` is None where it answered.

    `seconds` are those of the calls; `reason` names keys, never values; `began_at` is PostgreSQL's
    time before the call, as ISO 8601.
    """

    source: str
    asked: int
    seconds: float
    began_at: str = ""
    error_code: str | None = None
    reason: str = ""
    retryable: bool = False


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a source brought nothing about a person, and whether to ask it again."""

    code: str
    retryable: bool
