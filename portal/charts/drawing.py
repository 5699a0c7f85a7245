"""The charts of a dossier: at most four, in the order in which they are read."""

from collections.abc import Sequence

from portal.charts import ages, months, spending, versions
from portal.charts.history import Point
from portal.charts.records import Drawing
from portal.figures.records import Figures


def charts(figures: Figures, history: Sequence[Point]) -> tuple[Drawing, ...]:
    """Charts in the active language. One that has nothing to draw says why, with `svg` empty; that across
    versions is left out before there are two."""
    across = versions.drawn(history)
    drawn = (months.drawn(figures), ages.drawn(figures), spending.drawn(figures))
    return (*drawn, across) if across else drawn
