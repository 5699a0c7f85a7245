"""What can be chosen of a section: orders, filters and pages, and what has been; in the page's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orchestrator.records.sources import Column, Kind, Section
from portal.presenting import declarations, formats, words
from portal.presenting.dossiers.sections import Arranged, Choice

PLAIN_UP_TO = 12  # rows that are all seen at a glance: there is nothing to filter


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A column's heading, which is a button that sorts. `sorts`: ascending, descending, or empty."""

    text: str
    kind: Kind
    sorts: str
    send: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Option:
    """One value that a filter can have."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A filter by a closed list of values."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True)
class ChosenFilter:
    """A filter that is chosen: its name takes it back."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Controls:
    """All that can be chosen of a section, and what was."""

    headings: tuple[Heading, ...]
    filters: tuple[Filter, ...]
    taken: tuple[ChosenFilter, ...]
    words: str
    sort: str
    page: int
    pages: int
    number: int
    of: int

    @property
    def filtered(self) -> bool:
        """Whether some rows are not shown for what was chosen."""
        return bool(self.taken)

    @property
    def shown(self) -> bool:
        """Whether there is so much that one would filter."""
        return self.of > PLAIN_UP_TO

    @property
    def earlier(self) -> int | None:
        """The page before."""
        return self.page - 1 if self.page > 1 else None

    @property
    def later(self) -> int | None:
        """The next page."""
        return self.page + 1 if self.page < self.pages else None

    @classmethod
    def of_section(cls, section: Section, arranged: Arranged) -> "Controls":
        """Of a section as it is arranged."""
        columns = {column.key: column for column in declarations.shown_columns(section)}
        choice = arranged.choice
        return cls(
            headings=tuple(_heading(column, choice) for column in columns.values()),
            filters=tuple(_filters(columns, arranged)),
            taken=tuple(_taken(columns, choice)),
            words=choice.words,
            sort=f"{'-' if choice.descending else ''}{choice.sort}" if choice.sort else "",
            page=choice.page,
            pages=arranged.pages,
            number=arranged.number,
            of=arranged.of,
        )


def _heading(column: Column, choice: Choice) -> Heading:
    """Money and dates begin with the largest, texts with A; a second click turns it round."""
    falls = column.kind is not Kind.TEXT
    if sorts := choice.sort == column.key:
        falls = not choice.descending
    hint = _("ordenar, maiores ou mais novas primeiro") if falls else _("ordenar, menores ou A a Z primeiro")
    return Heading(
        text=words.of(column.label),
        kind=column.kind,
        sorts=("descending" if choice.descending else "ascending") if sorts else "",
        send=f"{'-' if falls else ''}{column.key}",
        hint=hint,
    )


def _filters(columns: Mapping[str, Column], arranged: Arranged) -> Iterator[Filter]:
    choice = arranged.choice
    for key, column in columns.items():
        if column.choices:
            options = [(code, words.of(label)) for code, label in column.choices.items()]
            yield Filter(
                name=key,
                label=words.of(column.label),
                options=tuple(
                    Option(value=code, text=text, chosen=choice.codes.get(key) == code)
                    for code, text in options
                ),
            )
    if len(arranged.months) > 1:
        months = tuple(
            Option(value=f"{month:%Y-%m}", text=formats.month(month), chosen=month == choice.month)
            for month in arranged.months
        )
        yield Filter(name="month", label=_("Mês"), options=months)


def _taken(columns: Mapping[str, Column], choice: Choice) -> Iterator[ChosenFilter]:
    if choice.words:
        yield ChosenFilter(name="words", text=_("contém “%(words)s”") % {"words": choice.words})
    for key, code in choice.codes.items():
        yield ChosenFilter(name=key, text=declarations.text(columns[key], code))
    if choice.month:
        yield ChosenFilter(name="month", text=formats.month(choice.month))
