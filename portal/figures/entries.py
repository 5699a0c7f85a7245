"""Rows as figures read them: which count, and which are left out, with the reason.

A row that comes twice, with the source's id and all else alike, counts once. Days are those of São Paulo.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from orchestrator.records.sources import Label, Row, Value
from portal.figures.records import LeftOut

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOTHING = Decimal("0.00")

TWICE = Label(
    pt="a mesma linha outra vez, com o mesmo número na origem e tudo igual",
    en="the same row again, with the same source id and all else alike",
)
NO_VALUE = Label(pt="sem valor", en="without a value")
NEGATIVE = Label(pt="com valor abaixo de zero", en="with a value below nought")
NO_DATE = Label(pt="sem data", en="without a date")


class Entry(NamedTuple):
    """A row of any section; what its section does not have is empty."""

    id: str
    day: date | None
    value: Decimal | None
    kind: str  # of a transaction: Credit, Debit
    text: str

    @property
    def amount(self) -> Decimal:
        """The value in BRL of an entry that counts."""
        return self.value or NOTHING


def read(rows: Iterable[Row]) -> tuple[list[Entry], tuple[LeftOut, ...]]:
    """The rows as entries, each once; and what came again."""
    first: dict[Value, Row] = {}
    seen: set[frozenset[tuple[str, Value]]] = set()
    found, again = [], []
    for row in rows:
        entry, row_id = _entry(row), row.get("id")
        if entry.id and row_id in first:  # only these are worth comparing as a whole
            whole = frozenset(row.items())
            if whole in seen or row == first[row_id]:
                again.append(entry)
                continue
            seen.add(whole)
        first.setdefault(row_id, row)
        found.append(entry)
    return found, left_out({TWICE: again})


def counted(
    entries: Iterable[Entry], reason: Callable[[Entry], Label | None]
) -> tuple[list[Entry], tuple[LeftOut, ...]]:
    """The entries that count, and what is left out, by why; `reason` gives None for what counts."""
    good: list[Entry] = []
    out: dict[Label, list[Entry]] = {}
    for entry in entries:
        why = reason(entry)
        if why is None:
            good.append(entry)
        else:
            out.setdefault(why, []).append(entry)
    return good, left_out(out)


def left_out(out: dict[Label, list[Entry]]) -> tuple[LeftOut, ...]:
    """What does not count; without an amount where an entry has none."""
    return tuple(
        LeftOut(
            rows=len(entries),
            amount=None if any(each.value is None for each in entries) else total(entries),
            reason=why,
        )
        for why, entries in sorted(out.items(), key=lambda pair: pair[0].pt)
        if entries
    )


def worth(entry: Entry) -> Label | None:
    """Why an amount does not count by itself."""
    if entry.value is None:
        return NO_VALUE
    return NEGATIVE if entry.value < 0 else None


def total(entries: Iterable[Entry]) -> Decimal:
    """The sum in BRL, to the cent."""
    return sum((entry.amount for entry in entries), NOTHING)


def day_of(row: Row) -> date | None:
    """A row's day in São Paulo; a date without a time is one."""
    moment = row.get("date")
    if isinstance(moment, datetime):
        return day_at(moment)
    return moment if isinstance(moment, date) else None


def day_at(moment: datetime) -> date:
    """An instant's day in São Paulo."""
    return moment.astimezone(SAO_PAULO).date()


def _entry(row: Row) -> Entry:
    value, row_id = row.get("value"), row.get("id")
    return Entry(
        "" if row_id is None else str(row_id),
        day_of(row),
        value if isinstance(value, Decimal) else None,
        str(row.get("type_transaction") or ""),
        str(row.get("description") or ""),
    )
