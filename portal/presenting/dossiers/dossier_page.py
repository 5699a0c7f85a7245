"""A dossier laid out for reading: tables from what the sources declare, and where each comes from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from orchestrator.records.dossiers import Block, DossierView, Presence
from orchestrator.records.sources import Column, Kind, Row, Section, Source
from portal.figures.debts import tellable
from portal.presenting import declarations, formats, words
from portal.presenting.dossiers import sections
from portal.presenting.dossiers.section_controls import Controls
from portal.presenting.dossiers.sections import Choice, Group
from portal.presenting.words import Sign, Words

FOUND = Sign(word=_("encontrada"), icon="ok", tone="good")
EMPTY = Sign(word=_("encontrada, sem registros"), icon="minus", tone="good")
NOT_FOUND = Sign(word=_("pessoa não encontrada"), icon="none", tone="calm")
CARRIED = Sign(word=words.ORIGINS["carried"], icon="old", tone="warn")
FAILED = Sign(word=_("falhou"), icon="bad", tone="bad")
NEVER_ASKED = Sign(word=words.NEVER_ASKED, icon="unknown", tone="calm")
LEGEND: tuple[tuple[Sign, Words], ...] = (
    (FOUND, _("A fonte respondeu, conhece a pessoa e tem registros dela.")),
    (EMPTY, _("A fonte respondeu e conhece a pessoa, mas não tem registro nenhum dela: isto se sabe.")),
    (NOT_FOUND, _("A fonte respondeu que não conhece a pessoa: isto também se sabe.")),
    (CARRIED, _("A fonte falhou na última consulta; vale o que respondeu antes, com a idade que tem.")),
    (FAILED, _("A fonte não respondeu, e nada se sabe: desconhecido não é zero.")),
    (NEVER_ASKED, _("A fonte não tinha sido consultada sobre isto nesta versão.")),
)
VERSION_SIGNS = {
    "complete": Sign(word=_("completa"), icon="ok", tone="good"),
    "partial": Sign(word=_("parcial"), icon="old", tone="warn"),
}


@dataclass(frozen=True, kw_only=True)
class SourceStanding:
    """What stands of one source: was the person found, where from, how old, what went wrong. `attempts`: how
    often it was called in the last check."""

    label: str
    sign: Sign
    missing: bool
    found: bool
    carried: bool
    origin: Words
    fetched_at: datetime | None
    error: Words
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One written value under its heading."""

    heading: str
    text: str
    kind: Kind
    bare: str = ""  # as it is copied


@dataclass(frozen=True, kw_only=True)
class RowGroup:
    """Rows under one line that says which month they are of; `heading` is empty where they are under none.

    `number` and `totals` are of the whole month, wherever pages cut it.
    """

    heading: str
    number: int
    totals: tuple[tuple[Words, str], ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, kw_only=True)
class SectionTable:
    """One declared section. `rows` is None where nothing is known, and empty where nothing is there; of a
    long section it has those of one page, in `groups` too.

    `never_asked`: nothing is known because the source was not yet asked for the section. `withheld`: rows
    that are too old to be told.
    """

    key: str
    heading: str
    standing: SourceStanding
    single: bool
    headings: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...] | None
    never_asked: bool
    totals: tuple[tuple[Words, str], ...]
    controls: Controls | None = None
    groups: tuple[RowGroup, ...] = ()
    withheld: int = 0


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A person's value that the sources tell differently."""

    label: str
    values: tuple[tuple[str, str], ...]


def standings(view: DossierView, sources: Iterable[Source]) -> dict[str, SourceStanding]:
    """What stands of each source, by its name."""
    standing = {}
    for source in sources:
        block, provenance = view.blocks.get(source.name), view.provenance.get(source.name)
        presence = block.presence if block else Presence.MISSING
        origin = provenance.origin if provenance else None
        standing[source.name] = SourceStanding(
            label=words.of(source.label),
            sign=_sign(block, origin),
            missing=presence is Presence.MISSING,
            found=presence is Presence.FOUND,
            carried=origin == "carried",
            origin=words.ORIGINS.get(origin or "", ""),
            fetched_at=provenance.fetched_at if provenance else None,
            error=words.error(provenance.error_code if provenance else None),
            attempts=provenance.attempts if provenance else 0,
        )
    return standing


def tables(
    view: DossierView,
    sources: Iterable[Source],
    *,
    choice: Choice | None = None,
    today: date | None = None,
    whole: bool = False,
) -> tuple[SectionTable, ...]:
    """Every declared section in the declared order; one of them as it was chosen, the others newest first,
    and of each a page, or the `whole`.

    `today` is told where what is held against a person, and is too old by then, may not be shown.
    """
    sources = tuple(sources)
    standing = standings(view, sources)
    return tuple(
        _table(
            section,
            standing[source.name],
            view.rows(source.name, section.key),
            never_asked=view.never_asked(source.name, section.key),
            choice=choice
            if choice and choice.section == section.key
            else Choice(section=section.key, whole=whole),
            today=today,
        )
        for source in sources
        for section in source.sections
    )


def _table(
    section: Section,
    standing: SourceStanding,
    known: Sequence[Row] | None,
    *,
    never_asked: bool,
    choice: Choice,
    today: date | None,
) -> SectionTable:
    rows = list(known or ()) if today is None else tellable(section, known or (), today)
    columns = declarations.shown_columns(section)
    arranged = sections.arranged(section, rows, choice)
    groups = tuple(_group(section, columns, group, arranged.by_month) for group in arranged.groups)
    return SectionTable(
        key=section.key,
        heading=words.of(section.label),
        standing=standing,
        single=section.single,
        headings=headings(columns),
        rows=None if known is None else tuple(row for group in groups for row in group.rows),
        never_asked=never_asked,
        totals=_totals(section, arranged.totals) if rows else (),
        controls=Controls.of_section(section, arranged) if rows else None,
        groups=groups,
        withheld=len(known or ()) - len(rows),
    )


def _group(section: Section, columns: Sequence[Column], group: Group, by_month: bool) -> RowGroup:
    heading = (formats.month(group.month) if group.month else str(_("sem data"))) if by_month else ""
    return RowGroup(
        heading=heading,
        number=group.number,
        totals=_totals(section, group.totals) if heading else (),
        rows=tuple(cells(columns, row) for row in group.rows),
    )


def person(view: DossierView, sources: Iterable[Source]) -> dict[str, Cell]:
    """The person's values that the sources declare, written out, by key."""
    sources = tuple(sources)
    columns = declarations.person_columns(sources)
    known = {key: view.person.get(key) for key in columns if not view.never_asked_of_person(sources, key)}
    return dict(zip(columns, cells(columns.values(), known), strict=True))


def disagreements(view: DossierView, sources: Iterable[Source]) -> tuple[Disagreement, ...]:
    """The values on which the sources differ, each with the sources' labels."""
    sources = tuple(sources)
    columns, labels = declarations.person_columns(sources), declarations.labels(sources)
    order = [*columns, *(found.field for found in view.divergences)]
    differing = []
    for found in sorted(view.divergences, key=lambda found: order.index(found.field)):
        column = declarations.column_of(columns, found.field)
        told = found.values.items()
        values = tuple((labels.get(name, name), declarations.text(column, value)) for name, value in told)
        differing.append(Disagreement(label=words.of(column.label), values=values))
    return tuple(differing)


def cells(columns: Iterable[Column], row: Row) -> tuple[Cell, ...]:
    """One row, written out; what it lacks was not asked for."""
    return tuple(
        Cell(
            heading=words.of(column.label),
            text=declarations.text(column, row[column.key]) if column.key in row else str(words.NEVER_ASKED),
            kind=column.kind,
            bare=declarations.bare(column, row[column.key]) if column.key in row else "",
        )
        for column in columns
    )


def headings(columns: Sequence[Column]) -> tuple[Cell, ...]:
    """The heading of each column."""
    return cells(columns, {column.key: None for column in columns})


def total_label(section: Section, word: str) -> Words:
    """What a section's total is called, by the word that it is split by."""
    split = section.totalled_by
    return (declarations.text(split, word) or _("Sem tipo")) if split else _("Total")


def _totals(section: Section, totals: Mapping[str, Decimal]) -> tuple[tuple[Words, str], ...]:
    return tuple((total_label(section, word), formats.brl(amount)) for word, amount in totals.items())


def _sign(block: Block | None, origin: str | None) -> Sign:
    """A source without a block was registered after the version was saved."""
    if block is None:
        return NEVER_ASKED
    if block.presence is Presence.MISSING:
        return FAILED
    if block.presence is Presence.NOT_FOUND:
        sign = NOT_FOUND
    else:
        sign = FOUND if any(block.sections.values()) else EMPTY
    return replace(sign, icon=CARRIED.icon, tone=CARRIED.tone) if origin == "carried" else sign
