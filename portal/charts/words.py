"""What all charts tell alike: why one is not drawn, and that what it shows is of an earlier check."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element  # nosec B405  # writes, and reads nothing

from django.utils.translation import gettext

from portal.charts import svg
from portal.charts.records import ChartTable, Drawing
from portal.figures.records import Figure
from portal.presenting import words

NO_TABLE = ChartTable(headings=(), rows=())


def drawing(
    *,
    key: str,
    title: str,
    sentence: str,
    stale: Iterable[str],
    height: float,
    content: Iterable[Element],
    table: ChartTable,
) -> Drawing:
    """A chart, drawn; its sentence is what a screen reader tells of the drawing."""
    if tuple(stale):
        sentence += " " + gettext("Parte é de uma consulta anterior: na última, a fonte falhou.")
    picture = svg.picture(key, title=title, desc=sentence, height=height, content=content)
    return Drawing(key=key, title=title, sentence=sentence, svg=picture, table=table)


def undrawn(key: str, title: str, unknown: Figure | None, nothing: str) -> Drawing:
    """A chart of which there is nothing to draw: unknown, and why, is not the same as nothing there."""
    sentence = nothing
    if unknown is not None:
        why = f": {words.of(unknown.unknown)}" if unknown.unknown else "."
        sentence = gettext("Desconhecido") + why
    return Drawing(key=key, title=title, sentence=sentence, svg="", table=NO_TABLE)
