"""Credits, debits and net by month, drawn to scale."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from portal.charts.months import drawn
from portal.charts.records import Drawing
from portal.figures.records import Figures
from portal.presenting import formats
from tests.unit.portal.figures.people import Rows, by_month, credit, person, reckoned

SVG = "{http://www.w3.org/2000/svg}"


def figures(rows: Rows) -> Figures:
    return reckoned(person(financial_transactions=rows))


def marks(drawing: Drawing, kind: str) -> list[ElementTree.Element]:
    """The marks of one kind that stand in the plot, the legend's apart."""
    root = ElementTree.fromstring(drawing.svg)
    return [each for each in root.iter() if each.get("class") == kind and float(each.get("y", 99)) > 20]


def heights(drawing: Drawing, kind: str) -> list[float]:
    return [float(each.get("height") or 0) for each in marks(drawing, kind)]


def test_the_table_has_what_is_drawn_and_its_sums_are_the_sentence_s() -> None:
    found = figures(
        by_month(("2026-05", "3000.10", "1000"), ("2026-06", "900", "1500"), ("2026-07", "1", "2"))
    )
    drawing = drawn(found)
    assert drawing.table.rows == (
        ("mai/2026", "10 a 31", "R$ 3.000,10", "R$ 1.000,00", "R$ 2.000,10"),
        ("jun/2026", "todos", "R$ 900,00", "R$ 1.500,00", "−R$ 600,00"),
        ("jul/2026", "1 a 10", "R$ 1,00", "R$ 2,00", "−R$ 1,00"),
    )
    months = found.months or ()
    came, went = sum(each.credits for each in months), sum(each.debits for each in months)
    for amount in (Decimal(came), Decimal(went), Decimal(came - went)):
        assert formats.brl(amount) in drawing.sentence
    assert "Do único mês inteiro, 1 ficou no vermelho." in drawing.sentence


def test_bars_are_as_long_as_their_amounts_and_debits_hang_below_the_line() -> None:
    drawing = drawn(figures(by_month(("2026-05", "1000", "500"), ("2026-06", "250", "1000"))))
    (tall, short), (half, whole) = heights(drawing, "in"), heights(drawing, "out-edge")
    assert (tall, half) == pytest.approx((4 * short, whole / 2), abs=0.5)
    zero = float(marks(drawing, "zero")[0].get("y1") or 0)
    assert {float(each.get("y") or 0) for each in marks(drawing, "out-edge")} == {zero}
    assert all(each.get("fill", "").startswith("url(#") for each in marks(drawing, "out-edge"))


def test_months_that_are_not_whole_are_paler_and_told() -> None:
    drawing = drawn(figures(by_month(*((f"2026-0{month}", "10", "5") for month in range(3, 7)))))
    assert [each.get("opacity") for each in marks(drawing, "in")] == ["0.55", None, None, "0.55"]
    assert "mais claros" in drawing.sentence


def test_one_month_is_drawn_without_a_line() -> None:
    drawing = drawn(figures([credit("10", "2026-05-10")]))
    assert len(heights(drawing, "in")) == 1
    assert not marks(drawing, "halo")
    assert "inteiro," not in drawing.sentence


def test_a_month_of_nothing_but_debits_ends_below_nought() -> None:
    drawing = drawn(figures(by_month(("2026-05", "0", "500"), ("2026-06", "0", "1000"))))
    assert heights(drawing, "in") == []
    assert [row[4] for row in drawing.table.rows] == ["−R$ 500,00", "−R$ 1.000,00"]
    zero = float(marks(drawing, "zero")[0].get("y1") or 0)
    assert all(float(each.get("cy") or 0) > zero for each in marks(drawing, "net-dot")[1:])


@pytest.mark.parametrize(("known", "shown"), [(60, 60), (75, 60)])
def test_at_most_sixty_months_are_drawn_and_more_are_told(known: int, shown: int) -> None:
    names = [f"{2020 + at // 12}-{at % 12 + 1:02d}" for at in range(known)]
    drawing = drawn(figures(by_month(*((name, "100", "50") for name in names))))
    assert len(heights(drawing, "in")) == len(drawing.table.rows) == shown
    assert ("São os últimos 60 de 75 meses." in drawing.sentence) == (known > shown)
    labels = [each for each in marks(drawing, "muted") if float(each.get("y") or 0) > 190]
    assert len(labels) == 4
    edges = [float(each.get("x") or 0) + float(each.get("width") or 0) for each in marks(drawing, "in")]
    assert max(edges) <= 340
