"""Figures and flags laid out for reading: figures in groups of what they tell of, flags with their rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from orchestrator.records.sources import Source
from portal.figures.records import Figures, Flag, Tone
from portal.presenting import figure_words, words
from portal.presenting.figure_words import FigureTold
from portal.presenting.words import Sign, Words

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


def groups(figures: Figures, sources: Iterable[Source]) -> tuple[FigureGroup, ...]:
    """All figures, written out; one that no group names stands in the last."""
    told = {each.key: each for each in figure_words.told(figures, sources)}
    named = {key for _heading, keys in GROUPS.values() for key in keys}
    last = next(reversed(GROUPS))
    others = tuple(each for key, each in told.items() if key not in named)
    return tuple(
        FigureGroup(
            key=group,
            heading=heading,
            figures=tuple(told[key] for key in keys) + (others if group == last else ()),
            note=NOTES.get(group, ""),
        )
        for group, (heading, keys) in GROUPS.items()
    )


def flags(raised: Iterable[Flag], sources: Iterable[Source]) -> tuple[FlagLine, ...]:
    """Flags as they are told, the grave ones first."""
    sections = {section.key: words.of(section.label) for source in sources for section in source.sections}
    ordered = sorted(raised, key=lambda flag: flag.tone is not Tone.BAD)
    return tuple(_line(flag, sections) for flag in ordered)


def _line(flag: Flag, sections: dict[str, str]) -> FlagLine:
    anchor = flag.section
    where: Words = sections.get(flag.section, "")
    if flag.of_sources:
        anchor, where = SOURCES, _("Fontes")
    elif not where:
        anchor, where = DIFFERING, _("As fontes divergem")
    return FlagLine(sign=SIGNS[flag.tone], text=words.of(flag.words), anchor=anchor, where=where)
