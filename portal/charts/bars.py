"""Bars below their words: amounts of a few kinds, the longest bar for the largest."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from unicodedata import east_asian_width
from xml.etree.ElementTree import Element  # nosec B405: it writes, and parses nothing

from portal.charts import svg
from portal.presenting import formats

ROW, BAR = 34, 9
ROOM = 30  # letters beside an amount

Bar = tuple[str, Decimal]


def height(bars: Sequence[Bar]) -> float:
    """How high they are together."""
    return ROW * len(bars)


def drawn(bars: Sequence[Bar], kind: str, **paint: str) -> Iterator[Element]:
    """The bars, one below the other."""
    most = max((amount for _words, amount in bars), default=Decimal(0))
    for at, (words, amount) in enumerate(bars):
        top = at * ROW
        yield svg.text("ink", 0, top + 14, fitted(words))
        yield svg.text("ink amount", svg.WIDTH, top + 14, formats.brl(amount), anchor="end")
        yield svg.rect("ground", 0, top + 19, svg.WIDTH, BAR, fill=svg.LINE)
        if amount and most:
            yield svg.rect(kind, 0, top + 19, float(amount / most) * svg.WIDTH, BAR, **paint)


def fitted(words: str) -> str:
    """Words cut to the room that they have; the table has all of them."""
    width, fitting = 0, ""
    for letter in words:
        width += 2 if east_asian_width(letter) in "WF" else 1
        if width > ROOM:
            return f"{fitting.rstrip()}…"
        fitting += letter
    return fitting
