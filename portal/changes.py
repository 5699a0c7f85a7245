"""What changed between two versions, laid out for reading. Nothing known is not nothing there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from orchestrator.dossiers import Diff, Presence, Section, SectionChange, Source
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
        """A diff in the words and columns that the sources declare."""
        known = {source.name: source for source in sources}
        return cls(
            presence=tuple(
                Moved(
                    source=words.of(known[change.source].label),
                    label=_("Pessoa na fonte"),
                    before=PRESENCES[change.before],
                    after=PRESENCES[change.after],
                )
                for change in diff.presence
            ),
            person=_person(diff, known),
            sections=tuple(
                _rows(change, known[change.source])
                for change in diff.sections
                if change.added or change.removed or not change.comparable
            ),
        )


def _person(diff: Diff, known: dict[str, Source]) -> tuple[Moved, ...]:
    columns = declared.person_columns(known.values())
    return tuple(
        Moved(
            source=words.of(known[change.source].label),
            label=words.of(columns[change.field].label),
            before=declared.text(columns[change.field], change.before),
            after=declared.text(columns[change.field], change.after),
        )
        for change in diff.person
    )


def _rows(change: SectionChange, source: Source) -> Rows:
    section = _section(source, change.section)
    columns = declared.shown_columns(section)
    return Rows(
        heading=words.of(section.label),
        source=words.of(source.label),
        comparable=change.comparable,
        headings=sheet.headings(columns),
        added=tuple(sheet.cells(columns, row) for row in declared.newest_first(section, change.added)),
        removed=tuple(sheet.cells(columns, row) for row in declared.newest_first(section, change.removed)),
    )


def _section(source: Source, key: str) -> Section:
    return next(section for section in source.sections if section.key == key)
