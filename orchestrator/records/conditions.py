"""How sources stand, as it travels between modules: circuits, health, and what an ask would meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Circuit(StrEnum):
    """A source's circuit: open, nobody calls it; half open, one probe at a time does.

    `unknown` where Redis, which holds it, is away: then calls are made as if it were closed.
    """

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Whether a source may be called now. `paused_seconds`: by a 429's Retry-After, for everyone."""

    circuit: Circuit
    paused_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Slice:
    """The calls of one part of the time that a source's health covers."""

    began_at: datetime
    answered: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds in which so many per cent of the answers came; None without any."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, kw_only=True)
class BulkHealth:
    """The calls of runs: about up to 1000 people each, or for a part of the list of all CPFs."""

    calls: int
    answered: int
    latency: Latency


@dataclass(frozen=True, kw_only=True)
class SourceHealth:
    """How a source did during the last hours, by all live calls made to it; `bulk` are those of runs.

    `latency` is of the calls about one person. `errors` counts failed calls by error code, the
    commonest first. `last_answer_at` and `last_error_at` look back further
    than those hours. `slices` cover them evenly, oldest first.
    """

    source: str
    hours: int
    calls: int
    answered: int
    errors: Mapping[str, int]
    latency: Latency
    bulk: BulkHealth
    last_answer_at: datetime | None
    last_error_at: datetime | None
    gate: Gate
    is_degraded: bool
    slices: tuple[Slice, ...]


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What an ask would meet at one source, known before it is made.

    `copy_at` is when the kept copy was fetched that would be served, None without one;
    `standing_at` when the block was fetched that would be carried if the source failed.
    """

    source: str
    gate: Gate
    is_degraded: bool
    copy_at: datetime | None = None
    standing_at: datetime | None = None
