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
    another identifier, or that lost or gained its own, is the same only if nothing else moved. Without one,
    rows are paired whose values differ in one column, then in two, as long as one stays: the columns that
    are declared last are the first that may differ, for what stands first says what a row is about.
    """
    columns = _columns(before, after, section)
    identifiers = _identifiers(columns, section)
    values = _values(columns)
    old, new = Counter(map(values, before)), Counter(map(values, after))
    gone, come = _only(before, old - new, values), _only(after, new - old, values)
    changed: list[RowChange] = []
    for keys, has_identifier in _likeness(columns, identifiers):
        if keys and gone and come:
            among = _among(identifiers, has_identifier)
            pairs, gone, come = _paired(gone, come, keys, among)
            changed += pairs
    return Moves(added=tuple(come), removed=tuple(gone), changed=tuple(changed))


def _paired(
    gone: Sequence[Row], come: Sequence[Row], keys: Sequence[str], among: Callable[[Row], bool]
) -> tuple[list[RowChange], list[Row], list[Row]]:
    """Pairs, in their order, of rows among those that have the same values under all of these keys; what is
    left."""
    values, waiting = _values(keys), defaultdict[object, deque[Row]](deque)
    for row in filter(among, come):
        waiting[values(row)].append(row)
    pairs, left = list[RowChange](), list[Row]()
    for row in gone:
        if among(row) and (like := waiting.get(values(row))):
            pairs.append((row, like.popleft()))
        else:
            left.append(row)
    others = [row for row in come if not among(row)]
    return pairs, left, [*others, *(row for rows in waiting.values() for row in rows)]


def _columns(before: Sequence[Row], after: Sequence[Row], section: Section | None) -> list[str]:
    """The keys that both sides have, as they are declared, or else as they are stored."""
    asked = [dict.fromkeys(key for row in rows for key in row) for rows in (before, after) if rows]
    declared = [column.key for column in section.columns] if section else []
    columns = dict.fromkeys([*declared, *(key for each in asked for key in each)])
    return [key for key in columns if all(key in each for each in asked)]


def _identifiers(columns: Sequence[str], section: Section | None) -> list[str]:
    declared = {each.key for each in (section.columns if section else ()) if each.kind is Kind.IDENTIFIER}
    return [key for key in columns if key in declared]


def _likeness(
    columns: Sequence[str], identifiers: Sequence[str]
) -> Iterator[tuple[Sequence[str], bool | None]]:
    """The keys whose values make two rows one, the surest first; and whether only rows that have an
    identifier are meant, or only those that have none."""
    others = [key for key in columns if key not in identifiers]
    if identifiers:
        yield identifiers, True
        yield others, None
    for moved in range(1, _MOST_MOVED + 1):
        for differing in combinations(reversed(others), moved):
            yield [key for key in others if key not in differing], False


def _among(identifiers: Sequence[str], has_identifier: bool | None) -> Callable[[Row], bool]:
    """Whether a row is one of those that are meant."""
    if has_identifier is None:
        return lambda row: True
    return lambda row: any(row.get(key) is not None for key in identifiers) is has_identifier


def _only(rows: Sequence[Row], lacking: Counter[object], values: Callable[[Row], object]) -> list[Row]:
    """The first of these rows, as many of each as the other side lacks."""
    kept = []
    for row in rows:
        if lacking[values(row)] > 0:
            lacking[values(row)] -= 1
            kept.append(row)
    return kept


def _values(keys: Sequence[str]) -> Callable[[Row], object]:
    """What gives a row's values under these keys."""
    return lambda row: tuple([row.get(key) for key in keys])
