"""What came and went by month, and where it went.

A month is whole where it lies between that of the first transaction and that of the last; these two keep
their real dates, for nobody knows what came before and after.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise

from orchestrator.records.sources import Label
from portal.figures.declared import figure
from portal.figures.entries import NOTHING, Entry, left_out, total
from portal.figures.ledger import CREDIT, DEBIT, Ledger
from portal.figures.records import Figure, LeftOut, Month, Spending

TOP = 6  # descriptions told by name
LARGEST = 3  # credits
THOUSANDTH = Decimal("0.001")

NO_WHOLE_MONTH = Label(
    pt="As transações não cobrem nenhum mês inteiro.",
    en="The transactions cover no whole month.",
)
NO_GAP = Label(pt="Há transações em menos de dois dias.", en="There are transactions on fewer than two days.")
NO_CREDIT = Label(pt="Não há crédito que conte.", en="There is no credit that counts.")
PARTIAL = Label(pt="de meses que não são inteiros", en="of months that are not whole")


def months(ledger: Ledger) -> tuple[Month, ...] | None:
    """Every month from the first transaction's to the last one's, oldest first; None: nothing is known."""
    if not ledger.is_known:
        return None
    if not ledger.moves:
        return ()
    sums: dict[tuple[int, int, str], Decimal] = defaultdict(lambda: NOTHING)
    for day, entry in ledger.moves:
        sums[day.year, day.month, entry.kind] += entry.amount
    first, last = ledger.moves[0][0], ledger.moves[-1][0]
    return tuple(_month(start, first, last, sums) for start in _starts(first, last))


def whole(found: Iterable[Month] | None) -> list[Month]:
    """The months that are whole."""
    return [month for month in found or () if month.whole]


def partial(ledger: Ledger, found: Iterable[Month] | None) -> tuple[LeftOut, ...]:
    """What a figure of whole months leaves out beside all else: the rows of the others."""
    counting = whole(found)
    since, until = (counting[0].since, counting[-1].until) if counting else (date.max, date.min)
    others = [entry for day, entry in ledger.moves if not since <= day <= until]
    return (*ledger.left_out, *left_out({PARTIAL: others}))


def figures(ledger: Ledger, found: tuple[Month, ...] | None) -> tuple[Figure, ...]:
    """Months below nought, the longest time without a transaction, and how much few credits make out."""
    grounds = (ledger.ground,)
    counting = whole(found)
    negative = sum(month.net < 0 for month in counting)
    return (
        figure(
            "months_negative",
            grounds,
            negative if counting else NO_WHOLE_MONTH,
            partial(ledger, found),
        ),
        figure("longest_gap", grounds, _gap(ledger.days), ledger.undated),
        figure("top_credits_share", grounds, _share(ledger.received()), ledger.left_out),
    )


def spending(ledger: Ledger, top: int = TOP) -> tuple[Spending, ...] | None:
    """Debits by their description, whatever its capitals, accents and blanks; the largest first, then the
    rest together, and what has no description with it. None where nothing is known."""
    if not ledger.is_known:
        return None
    groups: dict[str, list[Entry]] = defaultdict(list)
    plain = _Plain()
    for entry in ledger.of_kind(DEBIT):
        groups[plain[entry.text]].append(entry)
    nameless = groups.pop("", [])
    told = sorted((_spent(_usual(group), group) for group in groups.values()), key=_largest_first)
    rest = [*told[top:], *([_spent("", nameless)] if nameless else [])]
    if not rest:
        return tuple(told)
    rows, amount = sum(each.rows for each in rest), sum((each.amount for each in rest), NOTHING)
    return (*told[:top], Spending(text="", rows=rows, amount=amount))


class _Plain(dict[str, str]):
    """Texts without capitals, accents and needless blanks, each worked out once."""

    def __missing__(self, text: str) -> str:
        letters = unicodedata.normalize("NFKD", text.casefold())
        bare = "".join(each for each in letters if not unicodedata.combining(each))
        self[text] = " ".join(bare.split())
        return self[text]


def _starts(first: date, last: date) -> Iterable[date]:
    start = first.replace(day=1)
    while start <= last:
        yield start
        start = _next(start)


def _next(start: date) -> date:
    return (start + timedelta(days=31)).replace(day=1)


def _month(start: date, first: date, last: date, sums: Mapping[tuple[int, int, str], Decimal]) -> Month:
    end = _next(start) - timedelta(days=1)
    return Month(
        month=start,
        since=max(start, first),
        until=min(end, last),
        whole=first.replace(day=1) < start < last.replace(day=1),
        credits=sums[start.year, start.month, CREDIT],
        debits=sums[start.year, start.month, DEBIT],
    )


def _gap(days: tuple[date, ...]) -> int | Label:
    gaps = [(later - earlier).days - 1 for earlier, later in pairwise(days)]
    return max(gaps) if gaps else NO_GAP


def _share(values: list[Decimal]) -> Decimal | Label:
    whole_sum = sum(values, NOTHING)
    if not whole_sum:
        return NO_CREDIT
    largest = sum(sorted(values, reverse=True)[:LARGEST], NOTHING)
    return (largest / whole_sum).quantize(THOUSANDTH, ROUND_DOWN)  # only all is all


def _usual(group: Iterable[Entry]) -> str:
    """Of the ways in which a description is written the most frequent one, and of those the first."""
    ways = Counter(each.text for each in group)
    return " ".join(min(ways, key=lambda way: (-ways[way], way)).split())


def _spent(text: str, group: list[Entry]) -> Spending:
    return Spending(text=text, rows=len(group), amount=total(group))


def _largest_first(each: Spending) -> tuple[Decimal, str]:
    return -each.amount, each.text
