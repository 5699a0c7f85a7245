"""The columns of a run's results in a spreadsheet: which there are follows from what sources declare."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from orchestrator.records.sources import Label, Section, Source
from portal.exports.results import ResultRow
from portal.figures.debts import tellable
from portal.presenting import formats, words
from portal.presenting.words import Sign, Words

ENGLISH = "en"  # that of programs, unless a file is for eyes

Cell = str | int | bool | Decimal | date | datetime | None

OUTCOMES: dict[str, Words] = {
    "failed": _("falhou"),
    "partial": _("parcial"),
    "new": _("novo"),
    "changed": _("mudou"),
    "unchanged": _("sem mudança"),
    "skipped": _("já conferido"),
    "waiting": _("aguardando"),
    "cancelled": _("cancelado"),
    "rejected": _("recusado"),
    "duplicate": _("repetido"),
    "unreadable": _("ilegível"),
}
_PERSON: dict[str, Words] = {
    "cpf": _("CPF"),
    "outcome": _("Resultado"),
    "restored": _("Zeros repostos"),
    "reason": _("Motivo"),
    "name": _("Nome"),
    "dossier_id": _("Dossiê nº"),
    "version": _("Versão"),
    "completeness": _("Completude"),
    "checked_at": _("Conferido em"),
}
_STANDING: dict[str, Words] = {
    "state": _("%(source)s: situação"),
    "error": _("%(source)s: erro"),
    "origin": _("%(source)s: origem"),
    "fetched_at": _("%(source)s: consultado em"),
}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Some columns that are read together: their names, and their cells for a result."""

    names: tuple[str, ...]
    cells: Callable[[ResultRow], Sequence[Cell]]


@dataclass(frozen=True, kw_only=True)
class Speech:
    """How a file tells codes: as programs know them from the API, or in words."""

    in_words: bool

    def name(self, code: str, told: Words, **values: str) -> str:
        """A column's name."""
        return str(told) % values if self.in_words else code

    def code(self, code: str | None, told: Mapping[str, Words | Sign]) -> str | None:
        """What a cell says of a code."""
        if code is None or not self.in_words:
            return code
        found = told.get(code, code)
        return str(found.word if isinstance(found, Sign) else found)

    def flag(self, flag: bool) -> Cell:
        """What a cell says of yes or no."""
        return str(_("sim") if flag else _("não")) if self.in_words else flag


def columns(sources: Iterable[Source], *, with_lines: bool, in_words: bool = False) -> list[Columns]:
    """All columns, in order. `with_lines`: those of a list say in which line somebody stood. `in_words`: in
    the language that is active then, not in codes."""
    sources, speech, today = tuple(sources), Speech(in_words=in_words), localdate()
    line = Columns(names=(speech.name("line", _("Linha")),), cells=lambda result: [result.line])
    person = Columns(
        names=tuple(speech.name(code, told) for code, told in _PERSON.items()),
        cells=lambda result: list(_person(result, speech)),
    )
    return [
        *([line] if with_lines else []),
        person,
        *(_standing(source, speech) for source in sources),
        *(
            _sums(source, section, speech, today)
            for source in sources
            for section in source.sections
            if section.total
        ),
    ]


def _person(result: ResultRow, speech: Speech) -> Iterator[Cell]:
    view = result.view
    name = view.person.get("name") if view else None
    yield formats.cpf(view.cpf) if view else None  # its points keep its zeros in a spreadsheet
    yield speech.code(result.outcome, OUTCOMES)
    yield speech.flag(result.restored)
    yield result.reason.message if result.reason else None
    yield None if name is None else str(name)
    yield result.dossier_id
    yield view.version if view else None
    yield speech.code(view.completeness if view else None, words.REQUEST_STATES)
    yield view.checked_at if view else None


def _standing(source: Source, speech: Speech) -> Columns:
    """How the source stands in a dossier, in the words of a request's status, what went wrong, and where
    its block came from and when."""
    label = words.of(source.label)

    def cells(result: ResultRow) -> Sequence[Cell]:
        provenance = result.view.provenance.get(source.name) if result.view else None
        block = result.view.blocks.get(source.name) if result.view else None
        error = result.errors.get(source.name) or (provenance.error_code if provenance else None)
        known_nothing = "failed" if error else None
        return [
            speech.code(block.state_after(error) if block else known_nothing, words.FETCH_STATES),
            speech.code(error, words.ERRORS),
            speech.code(provenance.origin if provenance else None, words.ORIGINS),
            provenance.fetched_at if provenance else None,
        ]

    names = (speech.name(f"{source.name}_{code}", told, source=label) for code, told in _STANDING.items())
    return Columns(names=tuple(names), cells=cells)


def _sums(source: Source, section: Section, speech: Speech, today: date) -> Columns:
    """How many rows of a section may be told that day, what they add up to, and how many may not; empty
    where nothing is known."""
    split = section.totalled_by
    kinds: Mapping[str, Label] = (split.choices or {}) if split else {}

    def cells(result: ResultRow) -> Sequence[Cell]:
        rows = result.view.rows(source.name, section.key) if result.view else None
        if rows is None:
            return [None] * len(names)
        told = tellable(section, rows, today)
        totals = section.totals(told)
        other = sum((amount for kind, amount in totals.items() if kind not in kinds), Decimal("0.00"))
        withheld = [len(rows) - len(told)] if section.negative else []
        return [len(told), *(totals[kind] for kind in kinds), other, *withheld]

    names = tuple(_names_of_sums(section, kinds, speech))
    return Columns(names=names, cells=cells)


def _names_of_sums(section: Section, kinds: Mapping[str, Label], speech: Speech) -> Iterator[str]:
    label = words.of(section.label)
    yield speech.name(f"{section.key}_rows", _("%(section)s: linhas"), section=label)
    total = _("%(section)s: total, %(kind)s")
    for kind, told in kinds.items():
        yield speech.name(f"{section.key}_total_{kind}", total, section=label, kind=words.of(told))
    if kinds:
        yield speech.name(f"{section.key}_total_other", total, section=label, kind=str(_("outros")))
    else:
        yield speech.name(f"{section.key}_total", _("%(section)s: total"), section=label)
    if section.negative:
        old = _("%(section)s: linhas de mais de cinco anos, não mostradas")
        yield speech.name(f"{section.key}_too_old", old, section=label)
