"""What changed between two versions, laid out for reading. Nothing known is not nothing there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from orchestrator.dossiers import Column, Diff, Presence, SectionChange, Source, ValueChange
from portal import declared, sheet, words
from portal.sheet import Cell
from portal.words import Words

PRESENCES: dict[Presence, Words] = {
    Presence.FOUND: _("encontrada"),
    Presence.NOT_FOUND: _("não encontrada"),
    Presence.MISSING: _("sem resposta"),
}


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One value before and after."""

    source: str
    label: Words
    before: Words
    after: Words


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What was added to and removed from a section, where both sides are known."""

    heading: str
    source: str
    comparable: bool
    headings: tuple[Cell, ...]
    added: tuple[tuple[Cell, ...], ...]
    removed: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A diff, written out."""

    presence: tuple[Moved, ...]
    person: tuple[Moved, ...]
    sections: tuple[Rows, ...]

    def __bool__(self) -> bool:
        return bool(self.presence or self.person or self.sections)

    @classmethod
    def of(cls, diff: Diff, sources: Iterable[Source]) -> "Changes":
        """A diff in the words and columns that the sources declare, or bare keys where none does."""
        known = {source.name: source for source in sources}
        columns = declared.person_columns(known.values())
        return cls(
            presence=tuple(
                Moved(
                    source=words.of(declared.source_of(known, change.source).label),
                    label=_("Pessoa na fonte"),
                    before=PRESENCES[change.before],
                    after=PRESENCES[change.after],
                )
                for change in diff.presence
            ),
            person=tuple(
                _moved(
                    change,
                    declared.source_of(known, change.source),
                    declared.column_of(columns, change.field),
                )
                for change in diff.person
            ),
            sections=tuple(
                _rows(change, declared.source_of(known, change.source))
                for change in diff.sections
                if change.added or change.removed or not change.comparable
            ),
        )


def _moved(change: ValueChange, source: Source, column: Column) -> Moved:
    return Moved(
        source=words.of(source.label),
        label=words.of(column.label),
        before=declared.text(column, change.before),
        after=declared.text(column, change.after),
    )


def _rows(change: SectionChange, source: Source) -> Rows:
    section = declared.section_of(source, change.section, (*change.added, *change.removed))
    columns = declared.shown_columns(section)
    return Rows(
        heading=words.of(section.label),
        source=words.of(source.label),
        comparable=change.comparable,
        headings=sheet.headings(columns),
        added=tuple(sheet.cells(columns, row) for row in declared.newest_first(section, change.added)),
        removed=tuple(sheet.cells(columns, row) for row in declared.newest_first(section, change.removed)),
    )
