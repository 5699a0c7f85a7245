"""Which rows count and which are left out, with the reason. A row that is told twice counts once."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from orchestrator.records.sources import Label, Row
from portal.figures.records import LeftOut

Reason = Callable[[Row], Label | None]  # why a row does not count; None: it does

TWICE = Label(
    pt="a mesma linha outra vez, com o mesmo número na origem e tudo igual",
    en="the same row again, with the same source id and all else alike",
)
NO_VALUE = Label(pt="sem valor", en="without a value")
NEGATIVE = Label(pt="com valor abaixo de zero", en="with a value below nought")


def counted(rows: Iterable[Row], reason: Reason) -> tuple[tuple[Row, ...], tuple[LeftOut, ...]]:
    """The rows that count, in their own order, and what is left out, by reason."""
    seen: set[frozenset[tuple[str, object]]] = set()
    good: list[Row] = []
    out: dict[Label, list[Row]] = {}
    for row in rows:
        why = _twice(row, seen) or reason(row)
        if why is None:
            good.append(row)
        else:
            out.setdefault(why, []).append(row)
    return tuple(good), tuple(left_out(why, found) for why, found in sorted(out.items(), key=_first_word))


def left_out(why: Label, rows: Iterable[Row]) -> LeftOut:
    """Rows that do not count; without an amount where one of them has none."""
    amounts = [amount(row) for row in rows]
    known = [each for each in amounts if each is not None]
    total = sum(known, Decimal("0.00")) if len(known) == len(amounts) else None
    return LeftOut(rows=len(amounts), amount=total, reason=why)


def amount(row: Row) -> Decimal | None:
    """A row's value in BRL."""
    value = row.get("value")
    return value if isinstance(value, Decimal) else None


def worth(row: Row) -> Label | None:
    """Why an amount does not count by itself."""
    value = amount(row)
    if value is None:
        return NO_VALUE
    return NEGATIVE if value < 0 else None


def total(rows: Iterable[Row]) -> Decimal:
    """The sum of rows in BRL, to the cent."""
    return sum((amount(row) or Decimal(0) for row in rows), Decimal("0.00"))


def _twice(row: Row, seen: set[frozenset[tuple[str, object]]]) -> Label | None:
    if row.get("id") in (None, ""):
        return None
    whole = frozenset(row.items())
    if whole in seen:
        return TWICE
    seen.add(whole)
    return None


def _first_word(pair: tuple[Label, list[Row]]) -> str:
    return pair[0].pt
