"""A chart as it travels to the page and the PDF. Texts are in the active language."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ChartTable:
    """What a chart draws, in words and numbers; the first cell of a row names it."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart, drawn. `svg` is a whole element of its own: classes for the page's colours, and plain
    attributes of a light theme for the PDF; no style, no script, nothing from outside."""

    key: str
    title: str
    sentence: str
    svg: str
    table: ChartTable
