"""A dossier's sections as they are taken away for reading: the newest rows first, without debts of which only
the number may be told; and what is said of a section without rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext

from orchestrator.records.dossiers import Block, DossierView
from orchestrator.records.sources import Column, Kind, Row, Section, Source, Value
from portal.figures.debts import is_too_old
from portal.presenting import declarations, dossier_page, formats, words
from portal.presenting.dossier_page import SourceStanding

DEBTS = "debts"


@dataclass(frozen=True, kw_only=True)
class Told:
    """A section: `rows` are what may be shown, `hidden` how many may not. `said` is why nothing is listed,
    and empty where something is."""

    section: Section
    standing: SourceStanding
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    hidden: int
    said: str

    @property
    def heading(self) -> str:
        """What it is called in the active language."""
        return words.of(self.section.label)

    @property
    def hidden_told(self) -> str:
        """How many rows may not be shown, and by which law; empty where there are none."""
        if not self.hidden:
            return ""
        told = ngettext(
            "%(n)s dívida de mais de cinco anos não é mostrada (CDC, art. 43, § 1º).",
            "%(n)s dívidas de mais de cinco anos não são mostradas (CDC, art. 43, § 1º).",
            self.hidden,
        )
        return told % {"n": formats.number(self.hidden)}


def told(view: DossierView, sources: Iterable[Source], today: date) -> tuple[Told, ...]:
    """Every declared section in the declared order, in the active language; `today` is the reader's day."""
    sources = tuple(sources)
    shown = without_old(view, today)
    standings = dossier_page.standings(view, sources)
    found = []
    for source in sources:
        for section in source.sections:
            rows = shown.rows(source.name, section.key)
            all_rows = view.rows(source.name, section.key)
            standing = standings[source.name]
            found.append(
                Told(
                    section=section,
                    standing=standing,
                    columns=declarations.shown_columns(section),
                    rows=declarations.newest_first(section, rows or ()),
                    hidden=len(all_rows or ()) - len(rows or ()),
                    said=_said(view, source, section, standing),
                )
            )
    return tuple(found)


def without_old(view: DossierView, today: date) -> DossierView:
    """The dossier without the debts that may be told no more."""
    return replace(view, blocks={name: _block(block, today) for name, block in view.blocks.items()})


def _block(block: Block, today: date) -> Block:
    if DEBTS not in block.sections:
        return block
    kept = tuple(row for row in block.sections[DEBTS] if not is_too_old(row, today))
    return replace(block, sections={**block.sections, DEBTS: kept})


def _said(view: DossierView, source: Source, section: Section, standing: SourceStanding) -> str:
    named = {"source": standing.label}
    rows = view.rows(source.name, section.key)
    if view.never_asked(source.name, section.key):
        told = gettext("Ainda não consultado: %(source)s não tinha sido perguntada sobre esta seção.")
    elif rows is None:
        told = gettext("%(source)s não respondeu e nada se sabe desta seção.")
        why = f" ({standing.error})" if standing.error else ""
        return told % named + why
    elif not standing.found:
        told = gettext("%(source)s respondeu que não conhece esta pessoa.")
    else:
        told = "" if rows else gettext("Nenhum registro em %(source)s.")
    return told % named


@dataclass(frozen=True, kw_only=True)
class MonthOfRows:
    """The rows of a month, newest first, and what they add up to; `month` is None where they have no date."""

    month: date | None
    rows: Sequence[Row]
    sums: Mapping[str, Decimal]


def by_month(section: Section, rows: Sequence[Row]) -> tuple[MonthOfRows, ...]:
    """Rows (newest first) by the month of their date in São Paulo; of a section that has no date, or no total
    by kinds, none."""
    dated = next((each.key for each in section.columns if each.kind in (Kind.DATE, Kind.INSTANT)), None)
    if dated is None or section.totalled_by is None or not section.total:
        return ()
    months: dict[date | None, list[Row]] = {}
    for row in rows:
        months.setdefault(_month(row.get(dated)), []).append(row)
    return tuple(
        MonthOfRows(month=month, rows=part, sums=section.totals(part)) for month, part in months.items()
    )


def _month(value: Value) -> date | None:
    if isinstance(value, datetime):
        value = localdate(value)
    return value.replace(day=1) if isinstance(value, date) else None
