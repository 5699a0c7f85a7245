"""Figures across versions: a lane for each, on its own scale, since a debt is not of an income's size."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from xml.etree.ElementTree import Element  # nosec B405  # writes, and reads nothing

from django.utils.translation import gettext

from portal.charts import svg
from portal.charts.history import Point
from portal.charts.records import ChartTable, Drawing
from portal.charts.words import drawing
from portal.figures.records import Figure
from portal.presenting import formats, words
from portal.presenting.dossiers import figure_words

KEY = "versions"
SHOWN = ("total_debt", "net_worth", "declared_income", "observed_income")
LANE, PLOT_TOP, PLOT_BOTTOM = 52, 24, 42
EDGE = 8


def drawn(history: Sequence[Point]) -> Drawing | None:
    """How figures moved; None where there are not yet two versions."""
    points = sorted(history, key=lambda point: point.version)
    if len(points) < 2:
        return None
    return drawing(
        key=KEY,
        title=gettext("Valores ao longo das versões"),
        sentence=_sentence(points),
        stale=(),  # each version has its own; the table of sources tells of the last
        height=LANE * len(SHOWN) + 18,
        content=_content(points),
        table=_table(points),
    )


def _sentence(points: Sequence[Point]) -> str:
    first, last = points[0], points[-1]
    between = {"first": first.version, "last": last.version}
    moved = []
    for key in SHOWN:
        before, after = first.figures.figures[key], last.figures.figures[key]
        if before.value != after.value:
            moved.append(f"{words.of(after.label)}, {_text(before)} → {_text(after)}")
    if not moved:
        return gettext("Nenhum destes valores é outro na versão %(last)s do que na %(first)s.") % between
    told = gettext("Da versão %(first)s à %(last)s: %(moved)s.") % {**between, "moved": "; ".join(moved)}
    return f"{told} " + gettext("Cada linha tem a sua escala.")


def _table(points: Sequence[Point]) -> ChartTable:
    shown = [points[-1].figures.figures[key] for key in SHOWN]
    return ChartTable(
        headings=(gettext("Versão"), gettext("Salva em"), *(words.of(each.label) for each in shown)),
        rows=tuple(
            (
                str(point.version),
                formats.day_clock(point.at),
                *(_text(point.figures.figures[key]) for key in SHOWN),
            )
            for point in points
        ),
    )


def _text(figure: Figure) -> str:
    return figure_words.value(figure) or gettext("desconhecido")


def _content(points: Sequence[Point]) -> Iterator[Element]:
    step = (svg.WIDTH - 2 * EDGE) / (len(points) - 1)
    places = [EDGE + at * step for at in range(len(points))]
    for at, key in enumerate(SHOWN):
        lane = [point.figures.figures[key] for point in points]
        yield from _lane(lane, places, at * LANE)
    bottom = LANE * len(SHOWN) + 12
    for point, anchor, x in ((points[0], "start", 0), (points[-1], "end", svg.WIDTH)):
        name = gettext("versão %(n)s") % {"n": point.version}
        yield svg.text("muted", x, bottom, name, anchor=anchor, fill=svg.MUTED)


def _lane(lane: Sequence[Figure], places: Sequence[float], top: float) -> Iterator[Element]:
    """One figure: its name, what it is now, and its line, broken where it was unknown."""
    yield svg.text("ink", 0, top + 14, words.of(lane[-1].label))
    yield svg.text("ink amount", svg.WIDTH, top + 14, _text(lane[-1]), anchor="end")
    yield svg.line("grid", 0, top + PLOT_BOTTOM + 4, svg.WIDTH, top + PLOT_BOTTOM + 4)
    heights = _heights(lane, top)
    known = [(x, y) for x, y in zip(places, heights, strict=True)]
    for is_known, run in groupby(known, key=lambda place: place[1] is not None):
        if is_known:
            yield from _known([(x, y) for x, y in run if y is not None])
        else:
            yield from (
                svg.text("muted", x, top + PLOT_BOTTOM - 4, "?", anchor="middle", fill=svg.MUTED)
                for x, _nowhere in run
            )


def _known(places: Sequence[tuple[float, float]]) -> Iterator[Element]:
    if len(places) > 1:
        yield svg.path("moved", places, stroke=svg.TEAL)
    yield from (svg.dot("moved-dot", x, y, 2.5, fill=svg.TEAL) for x, y in places)


def _heights(lane: Sequence[Figure], top: float) -> list[float | None]:
    amounts = [each.value if isinstance(each.value, Decimal) else None for each in lane]
    known = [amount for amount in amounts if amount is not None]
    low, high = min(known, default=Decimal(0)), max(known, default=Decimal(0))
    span, room = high - low, PLOT_BOTTOM - PLOT_TOP
    middle = top + (PLOT_TOP + PLOT_BOTTOM) / 2
    return [
        None
        if amount is None
        else top + PLOT_BOTTOM - float((amount - low) / span) * room
        if span
        else middle
        for amount in amounts
    ]
