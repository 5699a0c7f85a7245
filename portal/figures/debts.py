"""What a person owes: how much, since when, and how old it is. Days are those of São Paulo.

What is older than five years may not be told (CDC, art. 43, § 1): it counts in nothing but its number. What
is dated later than today counts as of today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from orchestrator.records.sources import Label, Row
from portal.figures.declared import figure
from portal.figures.grounds import Ground
from portal.figures.records import Age, Figure, LeftOut, Owed
from portal.figures.rows import NO_VALUE, amount, counted, left_out, total

YEARS = 5
RANGES = (30, 90, 180, 360, None)

OWES_NOTHING = Label(pt="com valor de zero ou menos", en="with a value of nought or less")
TOO_OLD = Label(
    pt="de mais de cinco anos, que não se podem mostrar (CDC, art. 43, § 1º)",
    en="older than five years, which may not be told (Consumer Protection Code, art. 43, § 1)",
)
UNDATED = Label(pt="sem data", en="without a date")
NO_DEBT = Label(pt="Não há dívida com data que conte.", en="There is no dated debt that counts.")


@dataclass(frozen=True, kw_only=True)
class Debts:
    """A person's debts, told apart. `counting` is what is owed; `old` are those that may not be told."""

    ground: Ground
    today: date
    counting: tuple[Row, ...]
    old: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]

    @classmethod
    def of(cls, ground: Ground, today: date, told: date | None = None) -> "Debts":
        """The debts of a section as they stand on a day, and what of them may be told on another."""
        old = [row for row in ground.rows or () if is_too_old(row, told or today)]
        recent = [row for row in ground.rows or () if not is_too_old(row, told or today)]
        counting, out = counted(recent, _does_not_count)
        return cls(ground=ground, today=today, counting=counting, old=tuple(old), left_out=out)

    @property
    def all_left_out(self) -> tuple[LeftOut, ...]:
        """What the total leaves out; of what is too old only the number is told."""
        aged = (LeftOut(rows=len(self.old), amount=None, reason=TOO_OLD),) if self.old else ()
        return (*self.left_out, *aged)

    @property
    def dated(self) -> list[date]:
        """The dates of what counts."""
        return [day for row in self.counting if (day := day_of(row))]

    def figures(self) -> tuple[Figure, ...]:
        """Total, oldest, and how many are too old to be told."""
        grounds = (self.ground,)
        undated = [row for row in self.counting if not day_of(row)]
        without = (left_out(UNDATED, undated),) if undated else ()
        oldest = min(self.dated, default=None)
        return (
            figure("total_debt", grounds, total(self.counting), self.all_left_out),
            figure("oldest_debt", grounds, oldest or NO_DEBT, (*self.all_left_out, *without)),
            figure("old_debts", grounds, len(self.old), without),
        )

    def by_age(self) -> tuple[Age, ...] | None:
        """What counts and has a date, by its age; None where nothing is known."""
        if self.ground.rows is None:
            return None
        aged: dict[int | None, list[Row]] = {bound: [] for bound in RANGES}
        for row in self.counting:
            if day := day_of(row):
                aged[_range((self.today - day).days)].append(row)
        return tuple(
            Age(days=bound, label=_label(bound), rows=len(rows), amount=total(rows))
            for bound, rows in aged.items()
        )

    def owed(self) -> tuple[Owed, ...] | None:
        """The debts that count, in an order of their own."""
        if self.ground.rows is None:
            return None
        found = (
            Owed(id=str(row.get("id") or ""), date=day_of(row), value=amount(row) or Decimal(0))
            for row in self.counting
        )
        return tuple(sorted(found, key=lambda debt: (debt.date or date.min, debt.value, debt.id)))


def is_too_old(row: Row, today: date) -> bool:
    """Whether a debt may be told no more: pages and files leave it out. One without a date may."""
    day = day_of(row)
    return day is not None and day < years_before(today)


def years_before(today: date, years: int = YEARS) -> date:
    """The same day, years before; of 29 February the 28th."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)


def twice(owed: Iterable[Owed]) -> bool:
    """Whether a debt is told twice: the same source's id again, or the same date and value."""
    debts = list(owed)
    ids = [debt.id for debt in debts if debt.id]
    return _repeats(ids) or _repeats([(debt.date, debt.value) for debt in debts if debt.date])


def day_of(row: Row) -> date | None:
    """A debt's date."""
    day = row.get("date")
    return day if isinstance(day, date) else None


def _repeats(values: Sequence[object]) -> bool:
    return len(set(values)) < len(values)


def _does_not_count(row: Row) -> Label | None:
    value = amount(row)
    if value is None:
        return NO_VALUE
    return OWES_NOTHING if value <= 0 else None


def _range(days: int) -> int | None:
    return next((bound for bound in RANGES if bound is not None and days <= bound), None)


def _label(bound: int | None) -> Label:
    if bound is None:
        return Label(pt=f"mais de {RANGES[-2]} dias", en=f"more than {RANGES[-2]} days")
    before = RANGES[RANGES.index(bound) - 1] if bound != RANGES[0] else None
    if before is None:
        return Label(pt=f"até {bound} dias", en=f"up to {bound} days")
    return Label(pt=f"{before + 1} a {bound} dias", en=f"{before + 1} to {bound} days")
