"""What an ask would meet, told before it is made."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from orchestrator.records.conditions import Outlook
from orchestrator.records.sources import Source
from portal.presenting import declarations, formats, words
from portal.presenting.sources_page import state
from portal.presenting.words import Sign, Words


@dataclass(frozen=True, kw_only=True)
class Caution:
    """A source that may fail just now, and why."""

    label: str
    sign: Sign
    explanation: Words


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What an ask would bring from one source."""

    label: str
    sign: Sign


def cautions(outlooks: Iterable[Outlook], sources: Iterable[Source]) -> tuple[Caution, ...]:
    """The sources that are degraded."""
    labels, told = declarations.labels(sources), []
    for outlook in outlooks:
        if outlook.is_degraded:
            standing = state(outlook.gate, is_degraded=True)
            caution = Caution(
                label=labels.get(outlook.source, outlook.source),
                sign=words.SOURCE_STATES[standing],
                explanation=words.SOURCE_EXPLANATIONS.get(standing, ""),
            )
            told.append(caution)
    return tuple(told)


def prospects(outlooks: Iterable[Outlook], sources: Iterable[Source], *, fresh: bool) -> tuple[Prospect, ...]:
    """What an ask for the outlooks' person would bring; a fresh one takes no kept copy."""
    labels = declarations.labels(sources)
    return tuple(
        Prospect(label=labels.get(outlook.source, outlook.source), sign=_sign(outlook, fresh=fresh))
        for outlook in outlooks
    )


def _sign(outlook: Outlook, *, fresh: bool) -> Sign:
    if outlook.copy_at and not fresh:
        told = _("cópia recente, de %(age)s") % {"age": formats.age(outlook.copy_at)}
        return Sign(word=told, icon="clock", tone="calm")
    kept = {}
    if outlook.standing_at:
        kept = {
            "day": formats.day(localtime(outlook.standing_at)),
            "age": formats.age(outlook.standing_at),
        }
    if not outlook.is_degraded:
        told = _("será consultada agora")
        if kept:
            told = _("será consultada agora; o último dado é de %(day)s (%(age)s)") % kept
        return Sign(word=told, icon="ask", tone="good")
    carried = _("valeria o último dado, de %(day)s (%(age)s)") % kept if kept else _("sem dado anterior")
    if state(outlook.gate, is_degraded=True) == "suspended":
        return Sign(word=_("suspensa agora; %(carried)s") % {"carried": carried}, icon="stop", tone="bad")
    return Sign(word=_("pode falhar; %(carried)s") % {"carried": carried}, icon="old", tone="warn")
