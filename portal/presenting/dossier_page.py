"""A dossier laid out for reading: tables from what the sources declare, and where each comes from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orchestrator.records.dossiers import Block, DossierView, Presence
from orchestrator.records.sources import Column, Kind, Row, Section, Source
from portal.presenting import declarations, formats, words
from portal.presenting.words import Sign, Words

TALL = 12  # rows above which a table scrolls inside its own box


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


@dataclass(frozen=True, kw_only=True)
class SectionTable:
    """One declared section. `rows` is None where nothing is known, and empty where nothing is there.

    `never_asked`: nothing is known because the source was not yet asked for the section.
    """

    key: str
    heading: str
    standing: SourceStanding
    single: bool
    headings: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...] | None
    never_asked: bool
    totals: tuple[tuple[Words, str], ...]

    @property
    def tall(self) -> bool:
        """Whether the table is long enough to scroll by itself."""
        return len(self.rows or ()) > TALL


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


def tables(view: DossierView, sources: Iterable[Source]) -> tuple[SectionTable, ...]:
    """Every declared section in the declared order."""
    found = []
    sources = tuple(sources)
    standing = standings(view, sources)
    for source in sources:
        for section in source.sections:
            columns = declarations.shown_columns(section)
            rows = view.rows(source.name, section.key)
            newest = None if rows is None else declarations.newest_first(section, rows)
            table = SectionTable(
                key=section.key,
                heading=words.of(section.label),
                standing=standing[source.name],
                single=section.single,
                headings=headings(columns),
                rows=None if newest is None else tuple(cells(columns, row) for row in newest),
                never_asked=view.never_asked(source.name, section.key),
                totals=_totals(section, rows) if rows and section.total else (),
            )
            found.append(table)
    return tuple(found)


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
        )
        for column in columns
    )


def headings(columns: Sequence[Column]) -> tuple[Cell, ...]:
    """The heading of each column."""
    return cells(columns, {column.key: None for column in columns})


def _totals(section: Section, rows: Iterable[Row]) -> tuple[tuple[Words, str], ...]:
    split = section.totalled_by
    told: list[tuple[Words, str]] = []
    for word, amount in section.totals(rows).items():
        label = (declarations.text(split, word) or _("Sem tipo")) if split else _("Total")
        told.append((label, formats.brl(amount)))
    return tuple(told)


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
