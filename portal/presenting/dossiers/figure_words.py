"""Figures in the page's language: values, why one is unknown, what they stand on and leave out; in groups of
what they tell of, and flags with where their rows are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from orchestrator.records.sources import Source
from portal.figures.records import Basis, Figure, Figures, Flag, Known, LeftOut, Level, Tone, Unit
from portal.presenting import declarations, formats, words
from portal.presenting.words import Sign, Words

LEVELS: dict[Level, Words] = {Level.HIGH: _("alta"), Level.MEDIUM: _("média"), Level.LOW: _("baixa")}
STANDINGS: dict[Known, Words] = {
    Known.FRESH: _("da última consulta"),
    Known.STALE: _("da última vez que a fonte respondeu; depois ela falhou"),
    Known.NOT_FOUND: _("a fonte não conhece a pessoa"),
    Known.MISSING: _("a fonte falhou, e nada se sabe dela"),
    Known.NEVER_ASKED: words.NEVER_ASKED,
}
GROUPS: dict[str, tuple[Words, tuple[str, ...]]] = {
    "debt": (_("Dívidas"), ("total_debt", "oldest_debt", "old_debts")),
    "worth": (_("Patrimônio"), ("assets", "net_worth")),
    "income": (
        _("Renda"),
        ("declared_income", "observed_income", "income_confidence", "debt_in_months", "income_margin"),
    ),
    "flow": (_("Movimento da conta"), ("months_negative", "longest_gap", "top_credits_share")),
}
NOTES: dict[str, Words] = {
    "income": _("Nenhuma fonte informa parcelas: por isso não há “comprometimento de renda”."),
}
SIGNS: dict[Tone, Sign] = {
    Tone.BAD: Sign(word=_("grave"), icon="stop", tone="bad"),
    Tone.WARN: Sign(word=_("atenção"), icon="old", tone="warn"),
}
SOURCES, DIFFERING = "sources", "differ"  # headings of the page that a flag may lead to


@dataclass(frozen=True, kw_only=True)
class FigureTold:
    """A figure, written out. `compared` is how it stands to an amount, or empty; `stale`: whether it stands
    on what a source answered before it failed. `is_none`: it is known that there is nothing to tell."""

    key: str
    label: str
    text: str
    is_known: bool
    is_none: bool
    compared: str
    formula: str
    basis: tuple[str, ...]
    left_out: tuple[str, ...]
    stale: bool
    as_of: datetime | None  # when the oldest of what it stands on was fetched


@dataclass(frozen=True, kw_only=True)
class FigureGroup:
    """Figures that are read together; `note` says what one would look for here in vain."""

    key: str
    heading: Words
    figures: tuple[FigureTold, ...]
    note: Words


@dataclass(frozen=True, kw_only=True)
class FlagLine:
    """A flag, and where on the page its rows are: an anchor, and what stands there."""

    sign: Sign
    text: str
    anchor: str
    where: Words


def told(figures: Figures, sources: Iterable[Source]) -> tuple[FigureTold, ...]:
    """All figures, in the order in which they are told."""
    sources = tuple(sources)
    return tuple(
        FigureTold(
            key=key,
            label=words.of(figure.label),
            text=text(figure),
            is_known=figure.value is not None,
            is_none=figure.is_none,
            compared=compared(figure),
            formula=words.of(figure.formula),
            basis=tuple(basis(part, sources) for part in figure.basis),
            left_out=tuple(left_out(part) for part in figure.left_out),
            stale=bool(figure.stale),
            as_of=figure.as_of,
        )
        for key, figure in figures.figures.items()
    )


def groups(figures: Figures, sources: Iterable[Source]) -> tuple[FigureGroup, ...]:
    """All figures, written out; one that no group names stands in the last."""
    by_key = {each.key: each for each in told(figures, sources)}
    named = {key for _heading, keys in GROUPS.values() for key in keys}
    last = next(reversed(GROUPS))
    others = tuple(each for key, each in by_key.items() if key not in named)
    return tuple(
        FigureGroup(
            key=group,
            heading=heading,
            figures=tuple(by_key[key] for key in keys) + (others if group == last else ()),
            note=NOTES.get(group, ""),
        )
        for group, (heading, keys) in GROUPS.items()
    )


def flags(raised: Iterable[Flag], sources: Iterable[Source]) -> tuple[FlagLine, ...]:
    """Flags as they are told, the grave ones first."""
    sections = {section.key: words.of(section.label) for source in sources for section in source.sections}
    ordered = sorted(raised, key=lambda flag: flag.tone is not Tone.BAD)
    return tuple(_line(flag, sections) for flag in ordered)


def text(figure: Figure) -> str:
    """A figure's value; where it has none, why, and that it is unknown if it is."""
    if figure.value is not None:
        return value(figure)
    why = words.of(figure.unknown) if figure.unknown else ""
    if figure.is_none and why:
        return why
    return gettext("desconhecido") + (f": {why}" if why else "")


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


def _line(flag: Flag, sections: dict[str, str]) -> FlagLine:
    anchor = flag.section
    where: Words = sections.get(flag.section, "")
    if flag.of_sources:
        anchor, where = SOURCES, _("Fontes")
    elif not where:
        anchor, where = DIFFERING, _("As fontes divergem")
    return FlagLine(sign=SIGNS[flag.tone], text=words.of(flag.words), anchor=anchor, where=where)
