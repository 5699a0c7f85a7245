"""What a dossier's PDF says, as data for `dossier.typ`; every text is written here, in its language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.utils.timezone import localdate, localtime
from django.utils.translation import get_language, gettext, ngettext, pgettext

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Kind, Source
from portal.charts.records import Drawing
from portal.exports import dossier_sections
from portal.figures.records import Figures, Flag
from portal.payloads.dossier_json import Json
from portal.presenting import formats, record_page, words
from portal.presenting.dossiers import dossier_page, figure_words
from portal.presenting.dossiers.decision_lines import DecisionLine
from portal.presenting.dossiers.dossier_page import SectionTable
from portal.presenting.dossiers.figure_words import FigureGroup, FigureTold, FlagLine
from portal.presenting.words import Words

MOST_ROWS = 5_000  # of a section; the attachment has all


@dataclass(frozen=True, kw_only=True)
class Contents:
    """All that a document tells, and to whom: `reader` by name, `purpose` and `basis` by their codes, `at`
    the instant of it. `attachment` is the JSON that goes along, `decisions` in their order."""

    view: DossierView
    sources: tuple[Source, ...]
    figures: Figures
    flags: Sequence[Flag]
    drawings: Sequence[Drawing]
    decisions: Sequence[DecisionLine]
    reader: str
    purpose: str
    basis: str
    at: datetime
    attachment: bytes
    attachment_name: str


def document(told: Contents) -> Json:
    """The document; its drawings go beside it, in the order of `charts`."""
    view, at = told.view, localtime(told.at)
    title = gettext("Dossiê nº %(id)s, versão %(n)s") % {"id": view.id, "n": view.version}
    return {
        "lang": "en" if get_language() == "en" else "pt",
        "date": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "title": title,
        "words": _words(),
        "footer": " · ".join((title, told.reader, _purpose(told), formats.day_clock(told.at))),
        "taken": [
            [gettext("Levado por"), told.reader],
            [gettext("Finalidade"), _purpose(told)],
            [gettext("Em"), formats.day_clock(told.at)],
        ],
        "person": _person(view, told.sources),
        "notes": list(_notes(view)),
        "flags": [_flag(line) for line in figure_words.flags(told.flags, told.sources)],
        "figures": [_group(each) for each in figure_words.groups(told.figures, told.sources)],
        "figures_at": gettext("Calculados para %(at)s.") % {"at": formats.day_clock(told.figures.at)},
        "charts": [_chart(drawing) for drawing in told.drawings],
        "decisions": [_decision(line) for line in told.decisions],
        "divergences": [
            [each.label, "; ".join(f"{source}: {value or '—'}" for source, value in each.values)]
            for each in dossier_page.disagreements(view, told.sources)
        ],
        "sections": [
            _section(table)
            for table in dossier_page.tables(view, told.sources, today=localdate(told.at), whole=True)
        ],
        "blocks": _blocks(view, told.sources),
        "attachment": {
            "name": told.attachment_name,
            "sha256": sha256(told.attachment).hexdigest(),
            "told": gettext(
                "O arquivo %(name)s, anexo a este PDF, tem esta versão inteira como a API a responde, "
                "sem o que muda com cada conferência."
            )
            % {"name": told.attachment_name},
        },
    }


def _words() -> Json:
    return {
        "page": gettext("Página %(n)s de %(m)s") % {"n": "{n}", "m": "{m}"},
        "flags": gettext("Alertas"),
        "no_flags": gettext("Nenhum alerta."),
        "figures": gettext("Indicadores"),
        "figure_headings": [
            gettext("Indicador"),
            pgettext("of a figure", "Valor"),
            gettext("Como se chega a ele"),
        ],
        "charts": gettext("Gráficos"),
        "decisions": gettext("Decisões e notas"),
        "divergences": gettext("As fontes divergem"),
        "divergence_headings": [gettext("Dado"), gettext("O que cada fonte diz")],
        "blocks": gettext("Procedência"),
        "block_headings": [
            gettext("Fonte"),
            gettext("Situação"),
            gettext("Origem"),
            gettext("Consultada em"),
            gettext("Tentativas"),
            gettext("Última falha"),
        ],
        "attachment": gettext("Anexo"),
    }


def replaced(count: int) -> str:
    """That characters were replaced; empty where none was."""
    if not count:
        return ""
    told = ngettext(
        "%(n)s caractere que as letras deste PDF não têm, ou que não se vê, está escrito como ‹U+…›; "
        "o anexo o tem como veio.",
        "%(n)s caracteres que as letras deste PDF não têm, ou que não se veem, estão escritos como ‹U+…›; "
        "o anexo os tem como vieram.",
        count,
    )
    return told % {"n": formats.number(count)}


def _purpose(told: Contents) -> str:
    basis = record_page.BASES.get(told.basis, told.basis)
    if not told.purpose:
        return gettext("sem pedido (%(basis)s)") % {"basis": basis}
    return f"{words.PURPOSES.get(told.purpose, told.purpose)} ({basis})"


def _person(view: DossierView, sources: tuple[Source, ...]) -> Json:
    found = dossier_page.person(view, sources)
    name = found["name"].text if "name" in found else ""
    nobody = gettext("Pessoa não encontrada") if view.is_known_nowhere else gettext("Nome desconhecido")
    facts = [[gettext("CPF"), formats.cpf(view.cpf)]]
    facts += [[cell.heading, cell.text or "—"] for key, cell in found.items() if key != "name"]
    state = words.REQUEST_STATES.get(view.completeness or "")
    facts.append([gettext("Versão"), _version(view)])
    facts.append([gettext("Situação"), str(state.word) if state else "—"])
    if view.created_at:
        facts.append([gettext("Conteúdo desde"), formats.day_clock(view.created_at)])
    if view.checked_at:
        facts.append([gettext("Conferido em"), formats.day_clock(view.checked_at)])
    return {"name": name or nobody, "facts": facts}


def _version(view: DossierView) -> str:
    if view.version == view.latest_version:
        return gettext("%(n)s (atual)") % {"n": view.version}
    return gettext("%(n)s; a atual é a %(last)s") % {"n": view.version, "last": view.latest_version}


def _notes(view: DossierView) -> Iterable[str]:
    for contest in view.contested:
        if contest.resolved_at:
            told = gettext("Foi contestado pela pessoa, e resolvido em %(at)s: %(what)s.")
            yield told % {"what": contest.what, "at": formats.day(localdate(contest.resolved_at))}
        else:
            told = gettext("Contestado pela pessoa desde %(at)s: %(what)s.")
            yield told % {"what": contest.what, "at": formats.day(localdate(contest.since))}
    if view.is_known_nowhere:
        yield gettext(
            "Todas as fontes responderam, e nenhuma conhece esta pessoa. "
            "O dossiê está completo: não há nada a mostrar."
        )


def _flag(line: FlagLine) -> Json:
    return {"bad": line.sign.tone == "bad", "word": str(line.sign.word), "text": line.text}


def _group(group: FigureGroup) -> Json:
    figures = [_figure(each) for each in group.figures]
    return {"heading": str(group.heading), "note": str(group.note), "figures": figures}


def _figure(told: FigureTold) -> Json:
    how = [told.formula, *told.basis]
    how += [gettext("Fora da conta: %(what)s.") % {"what": each} for each in told.left_out]
    return {
        "label": told.label,
        "value": told.text,
        "unknown": not (told.is_known or told.is_none),
        "compared": told.compared,
        "how": how,
    }


def _chart(drawing: Drawing) -> Json:
    return {
        "title": drawing.title,
        "sentence": drawing.sentence,
        "drawn": bool(drawing.svg),
        "headings": list(drawing.table.headings),
        "rows": [list(row) for row in drawing.table.rows],
    }


def _decision(line: DecisionLine) -> Json:
    return {
        "kind": str(line.kind),
        "by": f"{line.by}, {formats.day_clock(line.at)}",
        "lines": line.text.splitlines(),
    }


def _section(table: SectionTable) -> Json:
    standing = table.standing
    stands = [standing.label, standing.sign.word, standing.origin]
    stands += [formats.day_clock(standing.fetched_at)] if standing.fetched_at else []
    widest = next((each.heading for each in table.headings if each.kind is Kind.TEXT), "")
    return {
        "heading": table.heading,
        "source": " · ".join(str(each) for each in stands if each),
        "said": dossier_sections.said(table),
        "columns": [
            {"heading": each.heading, "number": each.kind is Kind.MONEY, "wide": each.heading == widest}
            for each in table.headings
        ],
        "groups": list(_groups(table)),
        "totals": _totals(table.totals),
        "hidden": dossier_sections.withheld(table),
        "cut": _cut(len(table.rows or ())),
    }


def _groups(table: SectionTable) -> Iterable[Json]:
    left = MOST_ROWS
    for group in table.groups:
        rows = [[cell.text or "—" for cell in row] for row in group.rows[:left]]
        left -= len(rows)
        if rows:
            sums = " · ".join(" ".join(pair) for pair in _totals(group.totals))
            yield {"name": group.heading, "sums": sums, "rows": rows}


def _totals(totals: Iterable[tuple[Words, str]]) -> list[list[str]]:
    return [[str(label), amount] for label, amount in totals]


def _cut(number: int) -> str:
    if number <= MOST_ROWS:
        return ""
    told = gettext("As %(most)s linhas mais novas de %(all)s; o anexo tem todas.")
    return told % {"most": formats.number(MOST_ROWS), "all": formats.number(number)}


def _blocks(view: DossierView, sources: tuple[Source, ...]) -> list[list[str]]:
    standings = dossier_page.standings(view, sources)
    return [
        [
            standing.label,
            str(standing.sign.word),
            str(standing.origin) or "—",
            formats.day_clock(standing.fetched_at) if standing.fetched_at else "—",
            formats.number(view.provenance[name].attempts) if name in view.provenance else "—",
            str(standing.error) or "—",
        ]
        for name, standing in standings.items()
    ]
