"""Debts by their age."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext, ngettext

from portal.charts import bars, svg
from portal.charts.records import ChartTable, Drawing
from portal.charts.words import drawing, undrawn
from portal.figures.records import Age, Figures
from portal.presenting import formats, words

KEY = "ages"


def drawn(figures: Figures) -> Drawing:
    """What is owed and has a date, by ranges of days."""
    title = gettext("Dívidas por idade")
    ages, total = figures.debts_by_age, figures.figures["total_debt"]
    if not ages or not any(each.rows for each in ages):
        nothing = [gettext("Não há dívida com data que conte."), *_besides(figures, Decimal(0))]
        return undrawn(KEY, title, total if ages is None else None, " ".join(nothing))
    drawn_bars = [(words.of(each.label), each.amount) for each in ages]
    return drawing(
        key=KEY,
        title=title,
        sentence=" ".join([_sentence(ages), *_besides(figures, _sum(ages))]),
        stale=total.stale,
        height=bars.height(drawn_bars),
        content=bars.drawn(drawn_bars, "owed", fill=svg.TEAL),
        table=_table(ages),
    )


def _sentence(ages: Sequence[Age]) -> str:
    rows, amount = sum(each.rows for each in ages), _sum(ages)
    most = max(ages, key=lambda each: each.amount)
    return ngettext(
        "%(n)s dívida com data soma %(amount)s: %(share)s têm %(age)s.",
        "%(n)s dívidas com data somam %(amount)s: %(share)s têm %(age)s.",
        rows,
    ) % {
        "n": formats.number(rows),
        "amount": formats.brl(amount),
        "share": formats.share(int(most.amount * 100), int(amount * 100)),
        "age": words.of(most.label),
    }


def _besides(figures: Figures, dated: Decimal) -> list[str]:
    """What is owed without a date, and how many debts are too old to be told."""
    total, old = figures.figures["total_debt"].value, figures.figures["old_debts"].value
    told = []
    if isinstance(total, Decimal) and total > dated:
        without = {"amount": formats.brl(total - dated)}
        told.append(gettext("Fora estas, %(amount)s em dívidas sem data.") % without)
    if isinstance(old, int) and old:
        aged = ngettext(
            "Não entra %(n)s dívida de mais de cinco anos.",
            "Não entram %(n)s dívidas de mais de cinco anos.",
            old,
        )
        told.append(aged % {"n": formats.number(old)})
    return told


def _table(ages: Sequence[Age]) -> ChartTable:
    return ChartTable(
        headings=(gettext("Idade"), gettext("Dívidas"), gettext("Valor")),
        rows=tuple(
            (words.of(each.label), formats.number(each.rows), formats.brl(each.amount)) for each in ages
        ),
    )


def _sum(ages: Sequence[Age]) -> Decimal:
    return sum((each.amount for each in ages), Decimal("0.00"))
