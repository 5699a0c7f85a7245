"""Figures in the page's language: their values, why one is unknown, and what they stand on."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from portal.figures.records import Basis, Figure, Known, LeftOut, Level, Unit
from portal.presenting import formats, words
from portal.presenting.words import Words

LEVELS: dict[Level, Words] = {Level.HIGH: _("alta"), Level.MEDIUM: _("média"), Level.LOW: _("baixa")}
STANDINGS: dict[Known, Words] = {
    Known.FRESH: _("da última consulta"),
    Known.STALE: _("da última vez que a fonte respondeu; depois ela falhou"),
    Known.NOT_FOUND: _("a fonte não conhece a pessoa"),
    Known.MISSING: _("a fonte falhou, e nada se sabe dela"),
    Known.NEVER_ASKED: words.NEVER_ASKED,
}


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


def basis(part: Basis, source: str, section: str) -> str:
    """What a figure has of a section, in one sentence. `source` and `section` are their labels."""
    standing = str(STANDINGS[part.known])
    if part.known is Known.NOT_FOUND and part.carried:
        standing = gettext("a fonte não conhecia a pessoa quando respondeu; depois ela falhou")
    told = f"{section}, {source}: {standing}"
    if part.rows and part.known in (Known.FRESH, Known.STALE):
        rows = ngettext("%(n)s linha", "%(n)s linhas", part.rows) % {"n": formats.spoken(part.rows)}
        told += f", {rows}"
    when = (
        gettext("consultada em %(at)s") % {"at": formats.instant(part.fetched_at)} if part.fetched_at else ""
    )
    return f"{told} ({when})." if when else f"{told}."


def left_out(part: LeftOut) -> str:
    """Rows that a figure does not count, how much they are, and why."""
    rows = ngettext("%(n)s linha", "%(n)s linhas", part.rows) % {"n": formats.spoken(part.rows)}
    amount = "" if part.amount is None else f" ({formats.brl(part.amount)})"
    return f"{rows}{amount} {words.of(part.reason)}"


def _decimal(unit: Unit, given: Decimal) -> str:
    if unit is Unit.BRL:
        return formats.brl(given)
    if unit is Unit.SHARE:
        return f"{_written(given * 100, '.1f')} %"
    return gettext("%(n)s meses") % {"n": _written(given, ",.1f")}


def _written(number: Decimal, shape: str) -> str:
    """A number with a decimal sign by the language: that of `formats`."""
    return f"{number:{shape}}".translate(str.maketrans(",.", ".,"))


def _count(unit: Unit, given: int) -> str:
    if unit is Unit.DAYS:
        return ngettext("%(n)s dia", "%(n)s dias", given) % {"n": formats.spoken(given)}
    return formats.spoken(given)
