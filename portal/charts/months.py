"""What came and went by month: credits above the line, debits below it and hatched, and the net as a line."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element  # nosec B405: it writes, and parses nothing

from django.utils.dateformat import format as dated
from django.utils.translation import get_language, gettext, ngettext

from portal.charts import svg
from portal.charts.records import ChartTable, Drawing
from portal.charts.scale import Scale, short
from portal.charts.words import drawing, undrawn
from portal.figures.records import Figures, Month
from portal.presenting import formats

KEY = "months"
MOST = 60  # months; more would be narrower than what separates them
LEFT, TOP, BOTTOM, HEIGHT = 52, 30, 176, 200
DOTTED = 24  # up to so many months have a dot each
LABELS = 4


def drawn(figures: Figures) -> Drawing:
    """Credits and debits by month."""
    title = gettext("Créditos e débitos por mês")
    if not figures.months:
        return undrawn(
            KEY,
            title,
            figures.figures["longest_gap"] if figures.months is None else None,
            gettext("Não há transação que conte."),
        )
    months = figures.months[-MOST:]
    return drawing(
        key=KEY,
        title=title,
        sentence=_sentence(months, len(figures.months)),
        stale=figures.figures["longest_gap"].stale,
        height=HEIGHT,
        content=[svg.hatching(KEY), *_legend(), *_content(months)],
        table=_table(months),
    )


def written(month: date) -> str:
    """A month as `mar/2026`, or `Mar 2026`."""
    return dated(month, "M Y" if get_language() == "en" else "b/Y")


def _sentence(months: Sequence[Month], known: int) -> str:
    came, went = sum(each.credits for each in months), sum(each.debits for each in months)
    words = [
        gettext("De %(first)s a %(last)s entraram %(came)s e saíram %(went)s: saldo de %(net)s.")
        % {
            "first": formats.day(months[0].since),
            "last": formats.day(months[-1].until),
            "came": formats.brl(Decimal(came)),
            "went": formats.brl(Decimal(went)),
            "net": formats.brl(Decimal(came - went)),
        }
    ]
    if whole := [each for each in months if each.whole]:
        below = sum(each.net < 0 for each in whole)
        told = ngettext(
            "Do único mês inteiro, %(below)s ficou no vermelho.",
            "Dos %(n)s meses inteiros, %(below)s ficaram no vermelho.",
            len(whole),
        )
        words.append(told % {"n": len(whole), "below": below})
    if not all(each.whole for each in months):
        words.append(gettext("Os meses que não estão inteiros são mais claros."))
    if known > len(months):
        words.append(gettext("São os últimos %(n)s de %(known)s meses.") % {"n": len(months), "known": known})
    return " ".join(words)


def _table(months: Sequence[Month]) -> ChartTable:
    return ChartTable(
        headings=(
            gettext("Mês"),
            gettext("Dias cobertos"),
            gettext("Créditos"),
            gettext("Débitos"),
            gettext("Saldo"),
        ),
        rows=tuple(
            (
                written(each.month),
                gettext("todos") if each.whole else _days(each),
                formats.brl(each.credits),
                formats.brl(each.debits),
                formats.brl(each.net),
            )
            for each in months
        ),
    )


def _days(month: Month) -> str:
    return gettext("%(since)s a %(until)s") % {"since": month.since.day, "until": month.until.day}


def _legend() -> Iterator[Element]:
    yield svg.text(
        "muted",
        LEFT - 6,
        12,
        "BRL" if get_language() == "en" else "R$",
        anchor="end",
        fill=svg.MUTED,
        font_size=str(svg.SMALL),
    )
    yield svg.rect("in", LEFT, 3, 10, 10, fill=svg.GREEN)
    yield svg.text("ink", LEFT + 14, 12, gettext("Créditos"))
    yield _debit(LEFT + 84, 3, 10, 10)
    yield svg.text("ink", LEFT + 98, 12, gettext("Débitos"))
    yield svg.path("net", [(LEFT + 164, 8), (LEFT + 182, 8)], stroke=svg.INK)
    yield svg.dot("net-dot", LEFT + 173, 8, 3, fill=svg.INK)
    yield svg.text("ink", LEFT + 188, 12, gettext("Saldo"))


def _content(months: Sequence[Month]) -> Iterator[Element]:
    amounts = [amount for each in months for amount in (each.credits, -each.debits)]
    scale = Scale.over(amounts, start=BOTTOM, end=TOP)
    yield from _axis(scale)
    slot = (svg.WIDTH - LEFT) / len(months)
    middles = [LEFT + slot * (at + 0.5) for at in range(len(months))]
    for middle, month in zip(middles, months, strict=True):
        yield from _bars(month, middle, min(slot * 0.7, 30), scale)
    yield from _net(months, middles, scale)
    yield from _names(months, middles)


def _axis(scale: Scale) -> Iterator[Element]:
    for tick in scale.ticks:
        y = scale.place(tick)
        yield svg.line("zero" if tick == 0 else "grid", LEFT, y, svg.WIDTH, y, stroke=_grey(tick))
        yield svg.text(
            "muted", LEFT - 6, y + 4, short(tick), anchor="end", fill=svg.MUTED, font_size=str(svg.SMALL)
        )


def _grey(tick: Decimal) -> str:
    return svg.MUTED if tick == 0 else svg.LINE


def _bars(month: Month, middle: float, width: float, scale: Scale) -> Iterator[Element]:
    zero, x = scale.place(Decimal(0)), middle - width / 2
    paint = {} if month.whole else {"opacity": "0.55"}
    if month.credits:
        top = scale.place(month.credits)
        yield svg.rect("in", x, top, width, zero - top, fill=svg.GREEN, **paint)
    if month.debits:
        yield _debit(x, zero, width, scale.place(-month.debits) - zero, **paint)


def _debit(x: float, y: float, width: float, height: float, **paint: str) -> Element:
    fill = f"url(#{svg.hatch_id(KEY)})"
    return svg.rect("out-edge", x, y, width, height, fill=fill, stroke=svg.RED, stroke_width="0.7", **paint)


def _net(months: Sequence[Month], middles: Sequence[float], scale: Scale) -> Iterator[Element]:
    points = [(x, scale.place(month.net)) for x, month in zip(middles, months, strict=True)]
    if len(points) > 1:
        few = len(points) <= DOTTED
        yield svg.path("halo", points, stroke=svg.PAPER, width=4.5 if few else 3)
        yield svg.path("net", points, stroke=svg.INK, width=2 if few else 1.2)
    if len(points) <= DOTTED:
        yield from (
            svg.dot("net-dot", x, y, 3, fill=svg.INK, stroke=svg.PAPER, stroke_width="1") for x, y in points
        )


def _names(months: Sequence[Month], middles: Sequence[float]) -> Iterator[Element]:
    last = len(months) - 1
    for at in sorted({round(last * part / (LABELS - 1)) for part in range(LABELS)}):
        x = min(max(middles[at], LEFT + 20), svg.WIDTH - 26)
        yield svg.text("muted", x, HEIGHT - 6, written(months[at].month), anchor="middle", fill=svg.MUTED)
