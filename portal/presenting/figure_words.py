"""Figures in the page's language: their values, why one is unknown, what they stand on and leave out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orchestrator.records.sources import Source
from portal.figures.records import Basis, Figure, Figures, Known, LeftOut, Level, Unit
from portal.presenting import declarations, formats, words
from portal.presenting.words import Words

LEVELS: dict[Level, Words] = {Level.HIGH: _("alta"), Level.MEDIUM: _("média"), Level.LOW: _("baixa")}
STANDINGS: dict[Known, Words] = {
    Known.FRESH: _("da última consulta"),
    Known.STALE: _("da última vez que a fonte respondeu; depois ela falhou"),
    Known.NOT_FOUND: _("a fonte não conhece a pessoa"),
    Known.MISSING: _("a fonte falhou, e nada se sabe dela"),
    Known.NEVER_ASKED: words.NEVER_ASKED,
}


@dataclass(frozen=True, kw_only=True)
class FigureTold:
    """A figure, written out. `compared` is how it stands to an amount, or empty; `stale`: whether it stands
    on what a source answered before it failed."""

    key: str
    label: str
    text: str
    is_known: bool
    compared: str
    formula: str
    basis: tuple[str, ...]
    left_out: tuple[str, ...]
    stale: bool
    as_of: datetime | None  # when the oldest of what it stands on was fetched


def told(figures: Figures, sources: Iterable[Source]) -> tuple[FigureTold, ...]:
    """All figures, in the order in which they are told."""
    sources = tuple(sources)
    return tuple(
        FigureTold(
            key=key,
            label=words.of(figure.label),
            text=text(figure),
            is_known=figure.value is not None,
            compared=compared(figure),
            formula=words.of(figure.formula),
            basis=tuple(basis(part, sources) for part in figure.basis),
            left_out=tuple(left_out(part) for part in figure.left_out),
            stale=bool(figure.stale),
            as_of=figure.as_of,
        )
        for key, figure in figures.figures.items()
    )


def text(figure: Figure) -> str:
    """A figure's value; where it is unknown, that it is, and why."""
    if figure.value is None:
        why = f": {words.of(figure.unknown)}" if figure.unknown else ""
        return gettext("desconhecido") + why
    return value(figure)


def value(figure: Figure) -> str:
    """A figure's value by its unit; empty where it is unknown."""
    given = figure.value
    if given is None:
        return ""
    if isinstance(given, Level):
        return str(LEVELS[given])
    if isinstance(given, Decimal):
        return _decimal(figure.unit, given)
    return formats.day(given) if isinstance(given, date) else _count(figure.unit, given)


def compared(figure: Figure) -> str:
    """How a figure stands to what it is held against; empty where there is no such amount, or no value."""
    if figure.against is None or not isinstance(figure.value, Decimal):
        return ""
    against = {"amount": formats.brl(figure.against)}
    if figure.value < figure.against:
        return gettext("abaixo do mínimo existencial de %(amount)s") % against
    return gettext("não abaixo do mínimo existencial de %(amount)s") % against


def basis(part: Basis, sources: Iterable[Source]) -> str:
    """What a figure has of a section, and since when, in one sentence."""
    source = declarations.source_of({each.name: each for each in sources}, part.source)
    section = declarations.section_of(source, part.section, ())
    standing = str(STANDINGS[part.known])
    if part.known is Known.NOT_FOUND and part.carried:
        standing = gettext("a fonte não conhecia a pessoa quando respondeu; depois ela falhou")
    said = [f"{words.of(section.label)}, {words.of(source.label)}: {standing}"]
    if part.known in (Known.FRESH, Known.STALE):
        said.append(_rows(part.rows or 0))
    if part.fetched_at:
        said.append(gettext("consulta de %(at)s") % {"at": formats.instant(part.fetched_at)})
    return "; ".join(said) + "."


def left_out(part: LeftOut) -> str:
    """Rows that a figure does not count, how much they are, and why."""
    amount = "" if part.amount is None else f" ({formats.brl(part.amount)})"
    return f"{_rows(part.rows)}{amount}: {words.of(part.reason)}"


def _rows(number: int) -> str:
    if not number:
        return gettext("nenhuma linha")
    return ngettext("%(n)s linha", "%(n)s linhas", number) % {"n": formats.number(number)}


def _decimal(unit: Unit, given: Decimal) -> str:
    if unit is Unit.BRL:
        return formats.brl(given)
    if unit is Unit.SHARE:
        return _written(given * 100) + ("%" if get_language() == "en" else " %")
    return gettext("%(n)s meses") % {"n": _written(given)}


def _written(number: Decimal) -> str:
    """A number with one place, by the marks of the language."""
    digits = f"{number:,.1f}"
    return digits if get_language() == "en" else digits.translate(str.maketrans(",.", ".,"))


def _count(unit: Unit, given: int) -> str:
    if unit is Unit.DAYS:
        return ngettext("%(n)s dia", "%(n)s dias", given) % {"n": formats.number(given)}
    return formats.number(given)
