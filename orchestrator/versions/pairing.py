"""Which of the rows that went and the rows that came are one row that changed. Pure."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from orchestrator.records.sources import Kind, Row, RowChange, Section

_MOST_MOVED = 2  # values of a row without an identifier: where more moved it is another row


@dataclass(frozen=True, kw_only=True)
class Moves:
    """How one list of rows became another."""

    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[RowChange, ...]


def moves(before: Sequence[Row], after: Sequence[Row], section: Section | None = None) -> Moves:
    """What was added, removed and changed. The order of rows means nothing, equal rows count as often as
    they stand, and a column that only one side was asked for tells nothing.

    A row that changed is known by the source's identifier; where the section declares one, a row under
    another identifier is the same only if nothing else moved. Without one, rows are paired whose values
    differ in one column, then in two, as long as one stays: the columns that are declared last are the
    first that may differ, for what stands first says what a row is about.
    """
    columns = _columns(before, after, section)
    rest = _Rest(*_unequal(before, after, columns))
    for keys in _likeness(columns, section):
        rest.pair(keys)
    return Moves(added=tuple(rest.come), removed=tuple(rest.gone), changed=tuple(rest.changed))


class _Rest:
    """Rows that only one side has, of which some turn out to be one row that changed."""

    def __init__(self, gone: list[Row], come: list[Row]) -> None:
        self.gone, self.come = gone, come
        self.changed: list[RowChange] = []

    def pair(self, keys: Sequence[str]) -> None:
        """Takes out, in their order, rows that have the same values under all of these keys."""
        if not (keys and self.gone and self.come):
            return
        values, waiting = _values(keys), defaultdict[object, deque[Row]](deque)
        for row in self.come:
            waiting[values(row)].append(row)
        left = []
        for row in self.gone:
            if like := waiting.get(values(row)):
                self.changed.append((row, like.popleft()))
            else:
                left.append(row)
        self.gone, self.come = left, [row for rows in waiting.values() for row in rows]


def _columns(before: Sequence[Row], after: Sequence[Row], section: Section | None) -> list[str]:
    """The keys that both sides have, as they are declared, or else as they are stored."""
    asked = [dict.fromkeys(key for row in rows for key in row) for rows in (before, after) if rows]
    declared = [column.key for column in section.columns] if section else []
    columns = dict.fromkeys([*declared, *(key for each in asked for key in each)])
    return [key for key in columns if all(key in each for each in asked)]


def _likeness(columns: Sequence[str], section: Section | None) -> Iterator[Sequence[str]]:
    """The keys whose values make two rows one, the surest first."""
    identifiers = {each.key for each in (section.columns if section else ()) if each.kind is Kind.IDENTIFIER}
    if known := [key for key in columns if key in identifiers]:
        yield known
        yield [key for key in columns if key not in identifiers]
        return
    for moved in range(1, _MOST_MOVED + 1):
        for differing in combinations(reversed(columns), moved):
            yield [key for key in columns if key not in differing]


def _unequal(
    before: Sequence[Row], after: Sequence[Row], columns: Sequence[str]
) -> tuple[list[Row], list[Row]]:
    """The rows that the other side lacks, of either side."""
    values = _values(columns)
    old, new = Counter(map(values, before)), Counter(map(values, after))
    return _only(before, old - new, values), _only(after, new - old, values)


def _only(rows: Sequence[Row], lacking: Counter[object], values: Callable[[Row], object]) -> list[Row]:
    kept = []
    for row in rows:
        if lacking[values(row)] > 0:
            lacking[values(row)] -= 1
            kept.append(row)
    return kept


def _values(keys: Sequence[str]) -> Callable[[Row], object]:
    """What gives a row's values under these keys."""
    return lambda row: tuple([row.get(key) for key in keys])
