"""A dossier for spreadsheets, in the active language: a sheet for the person, one for the figures, one for
each section and one for where all comes from; or all of it as one table, for CSV."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext, pgettext

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Column, Kind, Row, Source, Value
from portal.exports import dossier_sections
from portal.exports.columns import Cell
from portal.figures.records import Figure, Figures, Flag, Level, Unit
from portal.presenting import declarations, formats, words
from portal.presenting.dossiers import dossier_page, figure_words


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table under a name. `said` are sentences in place of rows, or beside them."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Sequence[Cell], ...]
    said: tuple[str, ...] = ()

    def table(self) -> Iterator[Sequence[Cell]]:
        """Its rows, the first of which names the columns; sentences stand below."""
        yield self.columns
        yield from self.rows
        yield from ([sentence] for sentence in self.said)


def sheets(
    view: DossierView, sources: Iterable[Source], figures: Figures, flags: Iterable[Flag], today: date
) -> tuple[Sheet, ...]:
    """All sheets of a dossier; `today` is the reader's day, by which old debts are left out."""
    sources = tuple(sources)
    return (
        _person(view, sources, flags),
        _figures(figures, sources),
        *_sections(view, sources, today),
        _blocks(view, sources),
    )


def table(told: Iterable[Sheet]) -> Iterator[Sequence[Cell]]:
    """All sheets as one table: the first column names the sheet, the second counts its rows, and each heading
    is one column, whichever sheets have it. A sentence stands under `Observação`."""
    told = tuple(told)
    headings = list(dict.fromkeys(name for sheet in told for name in sheet.columns))
    yield [gettext("Seção"), gettext("Linha"), gettext("Observação"), *headings]
    for sheet in told:
        for line, row in enumerate(sheet.rows, start=1):
            cells = dict(zip(sheet.columns, row, strict=True))
            yield [sheet.name, line, None, *(cells.get(name) for name in headings)]
        for sentence in sheet.said:
            yield [sheet.name, None, sentence]


def _person(view: DossierView, sources: tuple[Source, ...], flags: Iterable[Flag]) -> Sheet:
    columns = declarations.person_columns(sources)
    told: list[tuple[str, Cell]] = [
        (gettext("Dossiê nº"), view.id),
        (gettext("Versão"), view.version),
        (gettext("Conteúdo desde"), view.created_at),
        (gettext("Conferido em"), view.checked_at),
        (gettext("CPF"), formats.cpf(view.cpf)),
    ]
    for key, column in columns.items():
        if view.never_asked_of_person(sources, key):
            told.append((words.of(column.label), str(words.NEVER_ASKED)))
        else:
            told.append((words.of(column.label), cell(column, view.person.get(key))))
    told += [
        (f"{each.label} ({source})", value)
        for each in dossier_page.disagreements(view, sources)
        for source, value in each.values
    ]
    told += [(gettext("Alerta"), words.of(flag.words)) for flag in flags]
    return Sheet(name=gettext("Pessoa"), columns=(gettext("Item"), gettext("Conteúdo")), rows=tuple(told))


def _figures(figures: Figures, sources: tuple[Source, ...]) -> Sheet:
    headings = (
        gettext("Indicador"),
        pgettext("of a figure", "Valor"),
        gettext("Unidade"),
        gettext("Por que não há valor"),
        gettext("Como se chega a ele"),
        gettext("Base"),
        gettext("Fora da conta"),
    )
    told = figure_words.told(figures, sources)
    rows = tuple(
        (
            each.label,
            amount(figure),
            _unit(figure),
            words.of(figure.unknown) if figure.value is None and figure.unknown else None,
            each.formula,
            " ".join(each.basis),
            "; ".join(each.left_out) or None,
        )
        for each, figure in zip(told, figures.figures.values(), strict=True)
    )
    return Sheet(name=gettext("Indicadores"), columns=headings, rows=rows)


def amount(figure: Figure) -> Cell:
    """A figure's value as a cell: shares in per cent; None where it is unknown."""
    if isinstance(figure.value, Level):
        return str(figure_words.LEVELS[figure.value])
    if isinstance(figure.value, Decimal) and figure.unit is Unit.SHARE:
        return figure.value * 100
    return figure.value


def _unit(figure: Figure) -> str | None:
    named = {
        Unit.BRL: "R$",
        Unit.MONTHS: gettext("meses"),
        Unit.SHARE: "%",
        Unit.DAYS: gettext("dias"),
    }
    return named.get(figure.unit)


def _sections(view: DossierView, sources: tuple[Source, ...], today: date) -> Iterator[Sheet]:
    declared = [(source, section) for source in sources for section in source.sections]
    tables = dossier_page.tables(view, sources, today=today)  # in the same order
    for (source, section), table in zip(declared, tables, strict=True):
        columns = declarations.shown_columns(section)
        said = (dossier_sections.said(table), dossier_sections.withheld(table))
        yield Sheet(
            name=table.heading,
            columns=tuple(words.of(column.label) for column in columns),
            rows=tuple(_row(columns, row) for row in dossier_sections.rows(view, source, section, today)),
            said=tuple(sentence for sentence in said if sentence),
        )


def _row(columns: Iterable[Column], row: Row) -> list[Cell]:
    unasked = str(words.NEVER_ASKED)
    return [cell(column, row[column.key]) if column.key in row else unasked for column in columns]


def cell(column: Column, value: Value) -> Cell:
    """A value as a cell: money and dates as such, known words in the active language."""
    if column.choices or column.kind is Kind.TEXT:
        return declarations.text(column, value) or None
    return value


def _blocks(view: DossierView, sources: tuple[Source, ...]) -> Sheet:
    headings = (
        gettext("Fonte"),
        gettext("Situação"),
        gettext("Origem"),
        gettext("Consultada em"),
        gettext("Tentativas"),
        gettext("Última falha"),
    )
    rows = tuple(
        (
            standing.label,
            str(standing.sign.word),
            str(standing.origin) or None,
            standing.fetched_at,
            view.provenance[name].attempts if name in view.provenance else None,
            str(standing.error) or None,
        )
        for name, standing in dossier_page.standings(view, sources).items()
    )
    return Sheet(name=gettext("Procedência"), columns=headings, rows=rows)
