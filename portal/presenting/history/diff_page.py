"""What changed between two versions, laid out for reading. Nothing known is not nothing there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from orchestrator.records.dossiers import Diff, Presence, SectionChange, TotalChange
from orchestrator.records.sources import Column, Kind, Row, Section, Source, Value
from portal.presenting import declarations, dossier_page, formats, words
from portal.presenting.dossier_page import Cell
from portal.presenting.words import Words

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
class MovedCell:
    """One value of a row that changed; `before` is empty where this value did not. `difference` is by how
    much, of money."""

    heading: str
    kind: Kind
    before: str
    after: str
    difference: str = ""


@dataclass(frozen=True, kw_only=True)
class MovedTotal:
    """What a section adds up to before and after; `difference` is empty where that did not move, or is not
    known on both sides."""

    label: Words
    before: Words
    after: Words
    difference: str


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What was added to, removed from and changed in a section, where both sides are known."""

    heading: str
    source: str
    comparable: bool
    never_asked: bool
    headings: tuple[Cell, ...]
    changed: tuple[tuple[MovedCell, ...], ...]
    added: tuple[tuple[Cell, ...], ...]
    removed: tuple[tuple[Cell, ...], ...]
    totals: tuple[MovedTotal, ...]


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
        columns = declarations.person_columns(known.values())
        totals = {(total.source, total.section): total for total in diff.totals}
        person = []
        for value in diff.person:
            column = declarations.column_of(columns, value.field)
            before, after = _told_apart(column, value.before, value.after)
            source = words.of(declarations.source_of(known, value.source).label)
            person.append(Moved(source=source, label=words.of(column.label), before=before, after=after))
        return cls(
            presence=tuple(
                Moved(
                    source=words.of(declarations.source_of(known, change.source).label),
                    label=_("Pessoa na fonte"),
                    before=PRESENCES[change.before],
                    after=PRESENCES[change.after],
                )
                for change in diff.presence
            ),
            person=tuple(person),
            sections=tuple(
                _rows(
                    change,
                    declarations.source_of(known, change.source),
                    totals.get((change.source, change.section)),
                )
                for change in diff.sections
                if change.added or change.removed or change.changed or not change.comparable
            ),
        )


def _told_apart(column: Column, before: Value, after: Value) -> tuple[str, str]:
    """Two values that differ, written so that they can be seen to: instants within a minute need seconds."""
    then, now = declarations.text(column, before), declarations.text(column, after)
    if then == now and isinstance(before, datetime) and isinstance(after, datetime):
        return formats.day_clock(before), formats.day_clock(after)
    return then, now


def _rows(change: SectionChange, source: Source, total: TotalChange | None) -> Rows:
    paired = [row for pair in change.changed for row in pair]
    section = declarations.section_of(source, change.section, (*change.added, *change.removed, *paired))
    shown, recency = declarations.shown_columns(section), declarations.recency(section)
    keys = [column.key for column in shown]
    # Where a source's own id is all that moved in some row, ids are shown too.
    alike = any(all(then.get(key) == now.get(key) for key in keys) for then, now in change.changed)
    columns = section.columns if alike else shown
    newest = sorted(change.changed, key=lambda pair: recency(pair[1]), reverse=True)
    # Of what is declared no more nobody knows what was asked for: there, what a row lacks is empty.
    lacking: Row = {} if section in source.sections else dict.fromkeys(each.key for each in columns)

    def listed(rows: Iterable[Row]) -> tuple[tuple[Cell, ...], ...]:
        return tuple(
            dossier_page.cells(columns, {**lacking, **row})
            for row in declarations.newest_first(section, rows)
        )

    return Rows(
        heading=words.of(section.label),
        source=words.of(source.label),
        comparable=change.comparable,
        never_asked=change.never_asked,
        headings=dossier_page.headings(columns),
        changed=tuple(
            tuple(_cell(column, then, {**lacking, **now}) for column in columns) for then, now in newest
        ),
        added=listed(change.added),
        removed=listed(change.removed),
        totals=_totals(section, total) if total and change.comparable else (),
    )


def _totals(section: Section, total: TotalChange) -> tuple[MovedTotal, ...]:
    before, after = total.before or {}, total.after or {}
    nothing = Decimal("0.00")
    return tuple(
        MovedTotal(
            label=dossier_page.total_label(section, word),
            before=formats.brl(then),
            after=formats.brl(now),
            difference=formats.difference(now - then) if now != then else "",
        )
        for word in {**before, **after}
        for then, now in [(before.get(word, nothing), after.get(word, nothing))]
    )


def _cell(column: Column, before: Row, after: Row) -> MovedCell:
    (cell,), key = dossier_page.cells([column], after), column.key
    then, now, by = "", cell.text, ""
    if key in before and key in after and before[key] != after[key]:
        old, new = before[key], after[key]
        then, now = _told_apart(column, old, new)
        then = then or "—"
        if isinstance(old, Decimal) and isinstance(new, Decimal):
            by = formats.difference(new - old)
    return MovedCell(heading=cell.heading, kind=cell.kind, before=then, after=now, difference=by)
