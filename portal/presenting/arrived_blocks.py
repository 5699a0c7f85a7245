"""What has come for a request that goes on, laid out for a first look: of each section its newest rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Section, Source
from portal.presenting import declarations, dossier_page, words
from portal.presenting.dossier_page import Cell, SourceStanding

FIRST_ROWS = 6  # the dossier has them all, a moment later


@dataclass(frozen=True, kw_only=True)
class ArrivedSection:
    """A section of a block that has come. `number` is how many rows it has, `more` how many are not among
    `rows`; `never_asked`: the source was not asked for it."""

    key: str
    heading: str
    single: bool
    never_asked: bool
    headings: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    number: int

    @property
    def more(self) -> int:
        """How many rows it has besides those that are shown."""
        return self.number - len(self.rows)


@dataclass(frozen=True, kw_only=True)
class ArrivedBlock:
    """A source's block that has come."""

    key: str
    standing: SourceStanding
    sections: tuple[ArrivedSection, ...]


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """All that has come, in the order in which pages show sources: who it is about, and the blocks."""

    person: tuple[Cell, ...]
    blocks: tuple[ArrivedBlock, ...]

    @classmethod
    def of(cls, view: DossierView, sources: Iterable[Source]) -> "Arrived":
        """The blocks of a view that has no version; what has not come is left out, for it is not lacking."""
        came = [source for source in sources if source.name in view.blocks]
        standings = dossier_page.standings(view, came)
        person = dossier_page.person(view, came)
        return cls(
            person=tuple(person[key] for key in person if view.person.get(key)),
            blocks=tuple(_block(view, source, standings[source.name]) for source in came),
        )


def _block(view: DossierView, source: Source, standing: SourceStanding) -> ArrivedBlock:
    return ArrivedBlock(
        key=source.name,
        standing=standing,
        sections=tuple(_section(view, source, section) for section in source.sections)
        if standing.found
        else (),
    )


def _section(view: DossierView, source: Source, section: Section) -> ArrivedSection:
    columns = declarations.shown_columns(section)
    rows = view.rows(source.name, section.key) or ()
    newest = declarations.newest_first(section, rows)[:FIRST_ROWS]
    return ArrivedSection(
        key=section.key,
        heading=words.of(section.label),
        single=section.single,
        never_asked=view.never_asked(source.name, section.key),
        headings=dossier_page.headings(columns),
        rows=tuple(dossier_page.cells(columns, row) for row in newest),
        number=len(rows),
    )
