"""Figures and flags, as they travel: each with its formula, what it stands on, and what it leaves out.

Money is `Decimal` in BRL with two places, shares are parts of one, instants are aware UTC. Unknown is None
and says why; it is never nought.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from orchestrator.records.sources import Label


class Unit(StrEnum):
    """What a figure's value is."""

    BRL = "brl"
    MONTHS = "months"  # a Decimal with one place
    SHARE = "share"  # a Decimal, part of one
    DAYS = "days"
    COUNT = "count"
    DATE = "date"
    LEVEL = "level"  # one of the words of `Level`


class Level(StrEnum):
    """How far a figure can be relied on."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Known(StrEnum):
    """What a figure has of a section that it needs."""

    FRESH = "fresh"  # of the last check
    STALE = "stale"  # of an earlier one: the last failed
    NOT_FOUND = "not_found"  # the source answered that it does not know the person
    MISSING = "missing"  # failed, and never known
    NEVER_ASKED = "never_asked"


@dataclass(frozen=True, kw_only=True)
class Basis:
    """A section that a figure was reckoned from, and how that stands. `rows`: None where nothing is known.

    `carried`: it is of an earlier check, since the last one failed; also where that said "not found".
    """

    source: str
    section: str
    known: Known
    fetched_at: datetime | None
    rows: int | None
    carried: bool = False


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Rows that a figure does not count, and why."""

    rows: int
    amount: Decimal | None
    reason: Label


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure. `value` is None where it is unknown, or `is_none`: then `unknown` says why. `against` is an
    amount that it is to be held against, such as the mínimo existencial."""

    key: str
    label: Label
    formula: Label
    unit: Unit
    value: Decimal | int | date | Level | None
    basis: tuple[Basis, ...]
    as_of: datetime | None  # when the oldest of what it stands on was fetched
    left_out: tuple[LeftOut, ...] = ()
    unknown: Label | None = None
    against: Decimal | None = None

    @property
    def is_none(self) -> bool:
        """Whether all that it stands on is known and comes to no value, such as the oldest of no debts."""
        return self.value is None and all(part.rows is not None for part in self.basis)

    @property
    def stale(self) -> tuple[str, ...]:
        """The sources of which it stands on an earlier answer."""
        earlier = (each for each in self.basis if each.carried or each.known is Known.STALE)
        return tuple(dict.fromkeys(each.source for each in earlier))


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A debt that counts. `id` is the source's own, where it gives one."""

    id: str
    date: date | None
    value: Decimal


@dataclass(frozen=True, kw_only=True)
class Age:
    """Debts of one range of ages. `days` is the most that it holds; None: more than the range before."""

    days: int | None
    label: Label
    rows: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Month:
    """What came and went in one month. `since` and `until` are the days that are covered: of a month that is
    not whole, its real ones."""

    month: date  # its first day
    since: date
    until: date
    whole: bool
    credits: Decimal
    debits: Decimal

    @property
    def net(self) -> Decimal:
        """Credits less debits."""
        return self.credits - self.debits


@dataclass(frozen=True, kw_only=True)
class Spending:
    """Where money went: debits of one description. `text` is "" for the rest, taken together, and what has
    no description with it."""

    text: str
    rows: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All figures of a dossier at a version. What is drawn is None where nothing is known of it. `debts` are
    those that count, for who compares two versions."""

    at: datetime  # the instant that ages are reckoned to
    figures: Mapping[str, Figure]  # in the order in which they are told
    debts_by_age: tuple[Age, ...] | None
    months: tuple[Month, ...] | None
    spending: tuple[Spending, ...] | None
    debts: tuple[Owed, ...] | None = None


class Tone(StrEnum):
    """How grave a flag is."""

    BAD = "bad"
    WARN = "warn"


@dataclass(frozen=True, kw_only=True)
class Flag:
    """What a reader should not miss. `section` is the key of the section whose rows show it, or "" for the
    sources as a whole. `of_sources`: it tells how sources answered, and nothing of the person."""

    key: str
    tone: Tone
    words: Label
    section: str
    of_sources: bool = False
