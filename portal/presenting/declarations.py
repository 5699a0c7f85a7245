"""What the registered sources declare, as pages and API need it.

What is stored may be older than the declarations: what is declared no more goes by its bare key.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from orchestrator.records.sources import Column, Kind, Label, Row, Section, Source, Value
from portal.presenting import formats, words


def labels(sources: Iterable[Source]) -> dict[str, str]:
    """What each source is called in the page's language, by its name."""
    return {source.name: words.of(source.label) for source in sources}


def person_columns(sources: Iterable[Source]) -> dict[str, Column]:
    """Every person's value that some source declares, by key; the first declaration counts."""
    columns: dict[str, Column] = {}
    for source in sources:
        for column in source.person:
            columns.setdefault(column.key, column)
    return columns


def source_of(sources: Mapping[str, Source], name: str) -> Source:
    """A source by its name; one without declarations where it is registered no more."""
    return sources.get(name) or Source(name=name, label=Label(pt=name, en=name), sections=())


def column_of(columns: Mapping[str, Column], key: str) -> Column:
    """A column by its key; a text one where it is declared no more."""
    return columns.get(key) or Column(key=key, kind=Kind.TEXT, label=Label(pt=key, en=key))


def section_of(source: Source, key: str, rows: Iterable[Row]) -> Section:
    """A section of a source by its key; where it is declared no more, one with what these rows have."""
    for section in source.sections:
        if section.key == key:
            return section
    stored = dict.fromkeys(column for row in rows for column in row)
    columns = tuple(column_of({}, each) for each in stored)
    return Section(key=key, label=Label(pt=key, en=key), columns=columns)


def shown_columns(section: Section) -> tuple[Column, ...]:
    """The columns that a person reads: a source's own ids are not among them."""
    return tuple(column for column in section.columns if column.kind is not Kind.IDENTIFIER)


def newest_first(section: Section, rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows by their first date, newest first; rows without one last, in their own order."""
    return tuple(sorted(rows, key=recency(section), reverse=True))


def recency(section: Section) -> Callable[[Row], str]:
    """What orders a section's rows by their first date."""
    dated = [column.key for column in section.columns if column.kind in (Kind.DATE, Kind.DAY, Kind.INSTANT)]
    return lambda row: str(row.get(dated[0]) or "") if dated else ""


def text(column: Column, value: Value) -> str:
    """A value as pages write it, in the page's language; empty where there is none."""
    if value is None:
        return ""
    if choice := (column.choices or {}).get(str(value)):
        return words.of(choice)
    if isinstance(value, datetime):
        return formats.instant(value)
    if isinstance(value, date):
        return formats.day(value)
    return formats.brl(value) if isinstance(value, Decimal) else str(value)


def bare(column: Column, value: Value) -> str:
    """A value as it is copied: money without its currency, all else as pages write it."""
    return formats.bare(value) if isinstance(value, Decimal) else text(column, value)
