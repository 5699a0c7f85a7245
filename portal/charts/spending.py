"""Where the money goes: debits by their description."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext

from portal.charts import bars, svg
from portal.charts.records import ChartTable, Drawing
from portal.charts.words import drawing, undrawn
from portal.figures.records import Figures, Spending
from portal.presenting import formats

KEY = "spending"


def drawn(figures: Figures) -> Drawing:
    """The largest descriptions, and the rest together."""
    title = gettext("Para onde vai o dinheiro")
    spending, known_by = figures.spending, figures.figures["longest_gap"]
    if not spending:
        nothing = gettext("Não há débito que conte.")
        return undrawn(KEY, title, known_by if spending is None else None, nothing)
    drawn_bars = [(_name(each), each.amount) for each in spending]
    return drawing(
        key=KEY,
        title=title,
        sentence=_sentence(spending),
        stale=known_by.stale,
        height=bars.height(drawn_bars),
        content=[
            svg.hatching(KEY),
            *bars.drawn(drawn_bars, "out-edge", fill=f"url(#{svg.hatch_id(KEY)})", stroke=svg.RED),
        ],
        table=_table(spending),
    )


def _sentence(spending: Sequence[Spending]) -> str:
    whole = sum((each.amount for each in spending), Decimal("0.00"))
    told = {"whole": formats.brl(whole)}
    named = next((each for each in spending if each.text), None)
    if named is None or not whole:
        return gettext("Saíram %(whole)s.") % told
    share = formats.share(int(named.amount * 100), int(whole * 100))
    told |= {"text": named.text, "share": share}
    return gettext("Saíram %(whole)s; o que mais pesa é “%(text)s”, com %(share)s.") % told


def _table(spending: Sequence[Spending]) -> ChartTable:
    return ChartTable(
        headings=(gettext("Descrição"), gettext("Débitos"), gettext("Valor")),
        rows=tuple((_name(each), formats.number(each.rows), formats.brl(each.amount)) for each in spending),
    )


def _name(each: Spending) -> str:
    return each.text or gettext("Outros e sem descrição")
