"""Figures of two versions beside each other, and what changed materially, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Source
from portal.figures import reckoning
from portal.figures.material import MaterialChange
from portal.figures.records import Figure, Unit
from portal.figures.thresholds import Thresholds
from portal.presenting import figure_words, formats, words
from portal.presenting.words import Words


@dataclass(frozen=True, kw_only=True)
class MovedFigure:
    """A figure that is not what it was. `difference` is by how much, of money."""

    label: Words
    before: str
    after: str
    difference: str


def moved(
    before: DossierView,
    after: DossierView,
    sources: Iterable[Source],
    *,
    thresholds: Thresholds,
    now: datetime,
) -> tuple[MovedFigure, ...]:
    """The figures that differ, each version's as of when that was last known to stand."""
    sources = tuple(sources)
    then, later = (
        reckoning.reckon(view, sources, at=stood_at(view, now), thresholds=thresholds, told_at=now).figures
        for view in (before, after)
    )
    pairs = ((then[key], later[key]) for key in later)
    return tuple(
        _moved(old, new) for old, new in pairs if (old.value, old.unknown) != (new.value, new.unknown)
    )


def stood_at(view: DossierView, now: datetime) -> datetime:
    """When a version was last known to stand."""
    return view.checked_at or view.created_at or now


def material(changes: Iterable[MaterialChange]) -> tuple[str, ...]:
    """What changed materially, a sentence each."""
    return tuple(_told(change) for change in changes)


def _moved(before: Figure, after: Figure) -> MovedFigure:
    return MovedFigure(
        label=words.of(after.label),
        before=figure_words.text(before),
        after=figure_words.text(after),
        difference=_difference(before, after),
    )


def _difference(before: Figure, after: Figure) -> str:
    then, now = before.value, after.value
    if after.unit is not Unit.BRL or not isinstance(then, Decimal) or not isinstance(now, Decimal):
        return ""
    return formats.difference(now - then)


def _told(change: MaterialChange) -> str:
    label = str(words.of(change.words))
    if change.amount is not None:
        label = _("%(what)s: %(amount)s") % {"what": label, "amount": formats.brl(change.amount)}
    if change.before is None or change.after is None:
        return label
    moved = {"what": label, "before": formats.brl(change.before), "after": formats.brl(change.after)}
    if change.amount is not None:
        return _("%(what)s (total: %(before)s → %(after)s)") % moved
    return _("%(what)s: %(before)s → %(after)s") % moved
