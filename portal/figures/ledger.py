"""A person's transactions, told apart: which count, and what is left out."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from orchestrator.records.sources import Label
from portal.figures.entries import NO_DATE, Entry, counted, day_at, read, worth
from portal.figures.grounds import Ground
from portal.figures.records import LeftOut

FIRST_DAY = date(1994, 7, 1)  # of the real: what is older was no amount in BRL (Lei 9.069/1995)
CREDIT, DEBIT = "Credit", "Debit"

NO_TYPE = Label(pt="sem tipo: crédito ou débito, não se sabe", en="without a type, credit or debit")
LATER = Label(pt="com data posterior à do cálculo", en="dated later than the reckoning")
TOO_EARLY = Label(pt="anteriores ao real (julho de 1994)", en="older than the real (July 1994)")


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A person's transactions. `moves` are those that count, the oldest first, each with its day: dated, of a
    known type, and of nought or more. `days` are those of all that are dated, also of an unknown type."""

    ground: Ground
    moves: tuple[tuple[date, Entry], ...]
    days: tuple[date, ...]
    left_out: tuple[LeftOut, ...]
    undated: tuple[LeftOut, ...]  # what `days` leaves out

    @classmethod
    def of(cls, ground: Ground, at: datetime) -> "Ledger":
        """The transactions of a section until an instant's day."""
        entries, again = read(ground.rows or ())
        today = day_at(at)
        timely, untimely = counted(entries, lambda entry: _untimely(entry.day, today))
        typed, unsure = counted(timely, _unsure)
        moves = sorted(((each.day, each) for each in typed if each.day), key=lambda pair: pair[0])
        return cls(
            ground=ground,
            moves=tuple(moves),
            days=tuple(sorted({each.day for each in timely if each.day})),
            left_out=(*again, *untimely, *unsure),
            undated=(*again, *untimely),
        )

    @property
    def is_known(self) -> bool:
        """Whether anything is known, be it that there is none."""
        return self.ground.rows is not None

    def of_kind(self, kind: str) -> list[Entry]:
        """All credits, or all debits."""
        return [entry for _day, entry in self.moves if entry.kind == kind]

    def received(self) -> list[Decimal]:
        """The amounts of all credits."""
        return [entry.amount for entry in self.of_kind(CREDIT)]


def _untimely(day: date | None, today: date) -> Label | None:
    if day is None:
        return NO_DATE
    if day > today:
        return LATER
    return TOO_EARLY if day < FIRST_DAY else None


def _unsure(entry: Entry) -> Label | None:
    return NO_TYPE if entry.kind not in (CREDIT, DEBIT) else worth(entry)
