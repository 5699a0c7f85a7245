"""Figures as they stood at a version: what the chart across versions is drawn from."""

from dataclasses import dataclass
from datetime import datetime

from portal.figures.records import Figures


@dataclass(frozen=True, kw_only=True)
class Point:
    """A version's figures, and when it was saved (aware UTC)."""

    version: int
    at: datetime
    figures: Figures
