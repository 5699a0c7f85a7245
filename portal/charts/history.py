"""Figures as they stood at a version: what the chart across versions is drawn from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Source
from portal.figures import reckoning
from portal.figures.records import Figures
from portal.figures.thresholds import Thresholds


@dataclass(frozen=True, kw_only=True)
class Point:
    """A version's figures, and when it was saved (aware UTC)."""

    version: int
    at: datetime
    figures: Figures


def points(
    views: Iterable[DossierView], sources: Iterable[Source], *, thresholds: Thresholds, told_at: datetime
) -> tuple[Point, ...]:
    """Versions that stand no more, each reckoned to when it was last known to stand. `told_at`: what may not
    be told then is left out."""
    sources = tuple(sources)
    return tuple(
        Point(
            version=view.version,
            at=view.created_at,
            figures=reckoning.reckon(
                view,
                sources,
                at=reckoning.instant(view, told_at),
                thresholds=thresholds,
                told_at=told_at,
            ),
        )
        for view in views
        if view.version is not None and view.created_at is not None
    )
