"""SVG elements as the page and the PDF both draw them.

Each mark has a class, by which the page gives it the colours of its theme, and attributes of a light theme
for print and the PDF, whose renderer knows neither style sheets nor variables. Lengths are in units of the
view box: on a narrow phone one is a little less than a CSS pixel, so that letters of 12 stay readable.
"""

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405  # writes, and reads nothing

WIDTH = 340
INK, MUTED, LINE, PAPER = "#1c2424", "#5a6666", "#d9dfde", "#ffffff"
GREEN, RED, RED_PALE, TEAL = "#1e6b3a", "#a3231f", "#fbe7e5", "#14575f"
FONT = "Noto Sans, DejaVu Sans, sans-serif"
SMALL, NORMAL = 11, 12

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def picture(key: str, *, title: str, desc: str, height: float, content: Iterable[Element]) -> str:
    """A drawing as one element. `key` is what makes its ids unique on a page; `title` and `desc` are what a
    screen reader tells of it."""
    named = {"title": f"chart-{key}-title", "desc": f"chart-{key}-desc"}
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {number(height)}",
            "width": str(WIDTH),
            "height": number(height),
            "class": f"drawn {key}",
            "role": "img",
            "aria-labelledby": " ".join(named.values()),
            "font-family": FONT,
            "font-size": str(NORMAL),
        },
    )
    for tag, words in (("title", title), ("desc", desc)):
        SubElement(root, tag, {"id": named[tag]}).text = printable(words)
    root.extend(content)
    return tostring(root, encoding="unicode")


def rect(kind: str, x: float, y: float, width: float, height: float, **paint: str) -> Element:
    """A bar; what has a height or a width of less than half a unit is still seen."""
    size = {"width": number(max(width, 0.5)), "height": number(max(height, 0.5))}
    return Element("rect", {"class": kind, "x": number(x), "y": number(y), **size, **_attributes(paint)})


def line(kind: str, x1: float, y1: float, x2: float, y2: float, *, stroke: str = LINE) -> Element:
    """A straight line, such as an axis."""
    ends = {"x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2)}
    return Element("line", {"class": kind, **ends, "stroke": stroke, "stroke-width": "1"})


def path(kind: str, points: Iterable[tuple[float, float]], *, stroke: str, width: float = 2) -> Element:
    """A line through points."""
    drawn = " L".join(f"{number(x)} {number(y)}" for x, y in points)
    paint = {"fill": "none", "stroke": stroke, "stroke-width": number(width), "stroke-linejoin": "round"}
    return Element("path", {"class": kind, "d": f"M{drawn}", **paint})


def dot(kind: str, x: float, y: float, radius: float, **paint: str) -> Element:
    """A mark of one value."""
    at = {"cx": number(x), "cy": number(y), "r": number(radius)}
    return Element("circle", {"class": kind, **at, **_attributes(paint)})


def text(kind: str, x: float, y: float, words: str, *, anchor: str = "start", **paint: str) -> Element:
    """Words, with their base line at `y`."""
    place = {"x": number(x), "y": number(y), "text-anchor": anchor}
    found = Element("text", {"class": kind, **place, "fill": INK, **_attributes(paint)})
    found.text = printable(words)
    return found


def hatching(key: str) -> Element:
    """What fills a debit: stripes, so that it differs from a credit without colour too."""
    found = Element("defs")
    size = {"id": hatch_id(key), "width": "4", "height": "4", "patternUnits": "userSpaceOnUse"}
    pattern = SubElement(found, "pattern", {**size, "patternTransform": "rotate(45)"})
    pattern.append(rect("out-ground", 0, 0, 4, 4, fill=RED_PALE))
    pattern.append(rect("out", 0, 0, 2, 4, fill=RED))
    return found


def hatch_id(key: str) -> str:
    """The id of a drawing's hatching."""
    return f"chart-{key}-hatch"


def number(value: float) -> str:
    """A length, to a tenth of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def printable(words: str) -> str:
    """Words without what XML cannot hold, such as control characters, which show as missing."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words)


def _attributes(paint: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in paint.items()}
