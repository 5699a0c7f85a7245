"""A person's transactions, told apart: which count, on which day of São Paulo, and what is left out."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from orchestrator.records.sources import Label, Row
from portal.figures.grounds import Ground
from portal.figures.records import LeftOut
from portal.figures.rows import amount, counted, worth

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
FIRST_DAY = date(1994, 7, 1)  # of the real: what is older was no amount in BRL (Lei 9.069/1995)
CREDIT, DEBIT = "Credit", "Debit"

NO_TYPE = Label(pt="sem tipo, que não se sabe se são crédito ou débito", en="without a type, credit or debit")
NO_DATE = Label(pt="sem data", en="without a date")
LATER = Label(pt="com data posterior à do cálculo", en="dated later than the reckoning")
TOO_EARLY = Label(pt="anteriores ao real (julho de 1994)", en="older than the real (July 1994)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A transaction that counts: dated, of a known type, and of nought or more."""

    day: date
    is_credit: bool
    value: Decimal
    description: str


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A person's transactions by day. `days` are those of all that are dated, also of an unknown type."""

    ground: Ground
    entries: tuple[Entry, ...]
    days: tuple[date, ...]
    left_out: tuple[LeftOut, ...]
    undated: tuple[LeftOut, ...]  # what `days` leaves out

    @classmethod
    def of(cls, ground: Ground, at: datetime) -> "Ledger":
        """The transactions of a section until an instant."""
        dated, undated = counted(ground.rows or (), lambda row: _untimely(row, at))
        typed, unsure = counted(dated, _unsure)
        found = sorted((_entry(row) for row in typed), key=lambda each: each.day)
        days = tuple(sorted({local_day(row) for row in dated}))
        return cls(
            ground=ground, entries=tuple(found), days=days, left_out=(*undated, *unsure), undated=undated
        )

    @property
    def is_known(self) -> bool:
        """Whether anything is known, be it that there is none."""
        return self.ground.rows is not None

    def received(self) -> list[Decimal]:
        """The amounts of all credits."""
        return [each.value for each in self.entries if each.is_credit]


def local_day(row: Row) -> date:
    """A dated row's day in São Paulo."""
    moment = row["date"]
    if isinstance(moment, datetime):
        return moment.astimezone(SAO_PAULO).date()
    assert isinstance(moment, date)  # noqa: S101 # `_untimely` has sorted out what is none
    return moment


def _untimely(row: Row, at: datetime) -> Label | None:
    moment = row.get("date")
    if not isinstance(moment, date):
        return NO_DATE
    day = local_day(row)
    if day > at.astimezone(SAO_PAULO).date():
        return LATER
    return TOO_EARLY if day < FIRST_DAY else None


def _unsure(row: Row) -> Label | None:
    return NO_TYPE if row.get("type_transaction") not in (CREDIT, DEBIT) else worth(row)


def _entry(row: Row) -> Entry:
    return Entry(
        day=local_day(row),
        is_credit=row["type_transaction"] == CREDIT,
        value=amount(row) or Decimal("0.00"),
        description=str(row.get("description") or ""),
    )
