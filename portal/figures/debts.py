"""What a person owes: how much, since when, and how old it is. Days are those of São Paulo.

What is older than five years may not be told (CDC, art. 43, § 1): it counts in nothing but its number. What
is dated later than today counts as of today.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Label, Row, Section, Source
from portal.figures.declared import figure
from portal.figures.entries import NO_DATE, NO_VALUE, Entry, counted, day_of, left_out, read, total
from portal.figures.grounds import Ground
from portal.figures.records import Age, Figure, LeftOut, Owed

YEARS = 5
RANGES = (30, 90, 180, 360, None)

OWES_NOTHING = Label(pt="com valor de zero ou menos", en="with a value of nought or less")
TOO_OLD = Label(
    pt="de mais de cinco anos, que não se podem mostrar (CDC, art. 43, § 1º)",
    en="older than five years, which may not be told (Consumer Protection Code, art. 43, § 1)",
)
NO_DEBT = Label(pt="Não há dívida com data que conte.", en="There is no dated debt that counts.")


@dataclass(frozen=True, kw_only=True)
class Debts:
    """A person's debts, told apart. `counting` is what is owed; `old`: how many may not be told."""

    ground: Ground
    today: date
    counting: tuple[Entry, ...]
    old: int
    left_out: tuple[LeftOut, ...]

    @classmethod
    def of(cls, ground: Ground, today: date, told: date | None = None) -> "Debts":
        """The debts of a section as they stand on a day, and what of them may be told on another."""
        rows = ground.rows or ()
        recent = [row for row in rows if not is_too_old(row, told or today)]
        entries, again = read(recent)
        counting, out = counted(entries, _does_not_count)
        return cls(
            ground=ground,
            today=today,
            counting=tuple(counting),
            old=len(rows) - len(recent),
            left_out=(*again, *out),
        )

    @property
    def all_left_out(self) -> tuple[LeftOut, ...]:
        """What the total leaves out; of what is too old only the number is told."""
        aged = (LeftOut(rows=self.old, amount=None, reason=TOO_OLD),) if self.old else ()
        return (*self.left_out, *aged)

    @property
    def dated(self) -> list[date]:
        """The dates of what counts."""
        return [each.day for each in self.counting if each.day]

    def figures(self) -> tuple[Figure, ...]:
        """Total, oldest, and how many are too old to be told."""
        grounds = (self.ground,)
        without = left_out({NO_DATE: [each for each in self.counting if not each.day]})
        oldest = min(self.dated, default=None)
        return (
            figure("total_debt", grounds, total(self.counting), self.all_left_out),
            figure("oldest_debt", grounds, oldest or NO_DEBT, (*self.all_left_out, *without)),
            figure("old_debts", grounds, self.old, without),
        )

    def by_age(self) -> tuple[Age, ...] | None:
        """What counts and has a date, by its age; None where nothing is known."""
        if self.ground.rows is None:
            return None
        aged: dict[int | None, list[Entry]] = {bound: [] for bound in RANGES}
        for entry in self.counting:
            if entry.day:
                aged[_range((self.today - entry.day).days)].append(entry)
        return tuple(
            Age(days=bound, label=_label(bound), rows=len(entries), amount=total(entries))
            for bound, entries in aged.items()
        )

    def owed(self) -> tuple[Owed, ...] | None:
        """The debts that count, in an order of their own."""
        if self.ground.rows is None:
            return None
        found = (Owed(id=each.id, date=each.day, value=each.amount) for each in self.counting)
        return tuple(sorted(found, key=lambda debt: (debt.date or date.min, debt.value, debt.id)))


def tellable(section: Section, rows: Iterable[Row], today: date) -> list[Row]:
    """A section's rows that may be told on a day: none of what is held against a person and is too old."""
    return [row for row in rows if not (section.negative and is_too_old(row, today))]


def told(view: DossierView, sources: Iterable[Source], today: date) -> DossierView:
    """A dossier with no more rows than may be told on a day."""
    declared = {(source.name, section.key): section for source in sources for section in source.sections}
    blocks = {
        name: replace(
            block,
            sections={
                key: tellable(declared[name, key], rows, today) if (name, key) in declared else rows
                for key, rows in block.sections.items()
            },
        )
        for name, block in view.blocks.items()
    }
    return replace(view, blocks=blocks)


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


def _repeats(values: Sequence[object]) -> bool:
    return len(set(values)) < len(values)


def _does_not_count(entry: Entry) -> Label | None:
    if entry.value is None:
        return NO_VALUE
    return OWES_NOTHING if entry.value <= 0 else None


def _range(days: int) -> int | None:
    return next((bound for bound in RANGES if bound is not None and days <= bound), None)


def _label(bound: int | None) -> Label:
    if bound is None:
        return Label(pt=f"mais de {RANGES[-2]} dias", en=f"more than {RANGES[-2]} days")
    before = RANGES[RANGES.index(bound) - 1] if bound != RANGES[0] else None
    if before is None:
        return Label(pt=f"até {bound} dias", en=f"up to {bound} days")
    return Label(pt=f"{before + 1} a {bound} dias", en=f"{before + 1} to {bound} days")
