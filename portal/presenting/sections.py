"""A section's rows as somebody chose to read them: filtered, in an order, by page and month. Pure.

What is chosen never stands in an address: a description can tell as much of somebody as their name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from unicodedata import combining, normalize

from django.utils.timezone import localtime

from orchestrator.records.sources import Column, Kind, Row, Section, Value
from portal.presenting import declarations

A_PAGE = 200  # rows
MOST_WORDS = 80  # characters of a text that is looked for
DATED = (Kind.DATE, Kind.DAY, Kind.INSTANT)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What somebody wants to see of a section, as far as the section has it. `month`: its first day."""

    section: str
    sort: str = ""  # a column's key; empty: the newest first
    descending: bool = True
    words: str = ""
    month: date | None = None
    codes: Mapping[str, str] = field(default_factory=dict)  # by column with choices
    page: int = 1
    whole: bool = False  # all rows at once: what a person is told of themselves

    @classmethod
    def of(cls, section: Section, given: Mapping[str, str]) -> "Choice":
        """What a form says; what no such section has is left out. `drop` names one that is taken back."""
        told = {key: value for key, value in given.items() if key != given.get("drop")}
        columns = {column.key: column for column in declarations.shown_columns(section)}
        sort = told.get("sort", "")
        return cls(
            section=section.key,
            sort=sort.removeprefix("-") if sort.removeprefix("-") in columns else "",
            descending=sort.startswith("-") or not sort,
            words=" ".join(told.get("words", "").split())[:MOST_WORDS],
            month=_month(told.get("month", "")),
            codes={
                key: told[key]
                for key, column in columns.items()
                if column.choices and told.get(key) in column.choices
            },
            page=int(told["page"]) if told.get("page", "").isdecimal() and len(told["page"]) < 7 else 1,
        )


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows of one month on a page; `number` and `totals` are of the whole month, wherever pages cut it.

    `month` is None for rows without a date, and where rows are in no order of time.
    """

    month: date | None
    number: int
    totals: Mapping[str, Decimal]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """One page of a section's rows. `number` is how many the filters leave, `of` how many there are."""

    choice: Choice
    number: int
    of: int
    pages: int
    totals: Mapping[str, Decimal]
    groups: tuple[Group, ...]
    months: tuple[date, ...]  # that there are, newest first

    @property
    def by_month(self) -> bool:
        """Whether its groups are months worth a line of their own."""
        return any(group.month for group in self.groups) and len(self.months) > 1


def arranged(section: Section, rows: Sequence[Row], choice: Choice) -> Arranged:
    """The page of rows that is chosen; one that lies beyond the last is the last."""
    found = [row for row in rows if _is_wanted(section, row, choice)]
    found = _sorted(section, found, choice)
    size = max(len(found), 1) if choice.whole else A_PAGE
    pages = max(1, -(-len(found) // size))
    choice = replace(choice, page=min(max(choice.page, 1), pages))
    begins = (choice.page - 1) * size
    return Arranged(
        choice=choice,
        number=len(found),
        of=len(rows),
        pages=pages,
        totals=section.totals(found) if section.total else {},
        groups=tuple(_groups(section, found, choice, slice(begins, begins + size))),
        months=tuple(sorted({month for row in rows if (month := month_of(section, row))}, reverse=True)),
    )


def month_of(section: Section, row: Row) -> date | None:
    """The first day of the month, in São Paulo, in which a row's first date lies; None without one."""
    column = _dated(section)
    day = _day(row.get(column.key)) if column else None
    return day.replace(day=1) if day else None


def plain(text: str) -> str:
    """A text as it is compared: without accents and capitals."""
    return "".join(each for each in normalize("NFKD", text.casefold()) if not combining(each))


def _groups(section: Section, rows: Sequence[Row], choice: Choice, page: slice) -> Iterator[Group]:
    dated, shown = _dated(section), rows[page]
    if dated is None or choice.sort not in ("", dated.key):
        yield Group(month=None, number=len(rows), totals={}, rows=tuple(shown))
        return
    of_month: dict[date | None, list[Row]] = {}
    for row in rows:
        of_month.setdefault(month_of(section, row), []).append(row)
    for month, part in groupby(shown, key=lambda row: month_of(section, row)):
        whole = of_month[month]
        totals = section.totals(whole) if section.total else {}
        yield Group(month=month, number=len(whole), totals=totals, rows=tuple(part))


def _is_wanted(section: Section, row: Row, choice: Choice) -> bool:
    if choice.month and month_of(section, row) != choice.month:
        return False
    if any(row.get(key) != code for key, code in choice.codes.items()):
        return False
    if not choice.words:
        return True
    columns = declarations.shown_columns(section)
    told = plain(" ".join(declarations.text(column, row.get(column.key)) for column in columns))
    return all(word in told for word in plain(choice.words).split())


def _sorted(section: Section, rows: Iterable[Row], choice: Choice) -> list[Row]:
    """In a column's order, what has nothing there last either way; else the newest first."""
    newest = list(declarations.newest_first(section, rows))
    column = next((each for each in section.columns if each.key == choice.sort), None)
    if column is None:
        return newest
    known = [row for row in newest if row.get(column.key) not in (None, "")]
    unknown = [row for row in newest if row.get(column.key) in (None, "")]
    return sorted(known, key=_order(column), reverse=choice.descending) + unknown


def _order(column: Column) -> Callable[[Row], Any]:
    if column.kind in (*DATED, Kind.MONEY):
        # A value that was stored when the column was of another kind is a text: those go together.
        return lambda row: (isinstance(row[column.key], str), row[column.key])
    return lambda row: plain(declarations.text(column, row[column.key]))


def _dated(section: Section) -> Column | None:
    return next((column for column in section.columns if column.kind in DATED), None)


def _day(value: Value) -> date | None:
    if isinstance(value, datetime):
        return localtime(value).date()
    return value if isinstance(value, date) else None


def _month(told: str) -> date | None:
    try:
        return date.fromisoformat(f"{told}-01")
    except ValueError:
        return None
