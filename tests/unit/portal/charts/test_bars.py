"""Debts by age, and where the money goes."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from portal.charts import ages, bars, spending
from portal.charts.records import Drawing
from tests.unit.portal.figures.people import debit, debt, person, reckoned

SVG = "{http://www.w3.org/2000/svg}"


def widths(drawing: Drawing, kind: str) -> list[float]:
    root = ElementTree.fromstring(drawing.svg)
    return [float(each.get("width") or 0) for each in root if each.get("class") == kind]


def test_debts_by_age_are_drawn_as_told_with_what_does_not_count_in_words() -> None:
    debts = [
        debt("1000", "2026-11-01", 1),
        debt("250.50", "2026-09-30", 2),
        debt("2000", "2023-01-01", 3),
        debt("99", None, 4),
        debt("77777", "2020-01-01", 5),
    ]
    drawing = ages.drawn(reckoned(person(debts=debts)))
    assert drawing.table.rows == (
        ("até 30 dias", "1", "R$ 1.000,00"),
        ("31 a 90 dias", "1", "R$ 250,50"),
        ("91 a 180 dias", "0", "R$ 0,00"),
        ("181 a 360 dias", "0", "R$ 0,00"),
        ("mais de 360 dias", "1", "R$ 2.000,00"),
    )
    assert drawing.sentence == (
        "3 dívidas com data somam R$ 3.250,50: 61,5 % têm mais de 360 dias. "
        "Fora estas, R$ 99,00 em dívidas sem data. Não entra 1 dívida de mais de cinco anos."
    )
    assert widths(drawing, "owed") == pytest.approx([170, 42.6, 340], abs=0.1)
    assert "77.777" not in drawing.svg


def test_debts_too_old_to_be_told_leave_their_number_only() -> None:
    drawing = ages.drawn(reckoned(person(debts=[debt("1", "2020-01-01", 1), debt("2", "2019-01-01", 2)])))
    assert drawing.svg == ""
    assert drawing.sentence == (
        "Não há dívida com data que conte. Não entram 2 dívidas de mais de cinco anos."
    )


def test_spending_names_the_largest_and_the_rest_together() -> None:
    rows = [debit(str(amount), "2026-05-05", f"Loja {amount}") for amount in range(10, 90, 10)]
    drawing = spending.drawn(reckoned(person(financial_transactions=[*rows, debit("40", "2026-05-05", "")])))
    assert [row[0] for row in drawing.table.rows] == [
        *(f"Loja {amount}" for amount in range(80, 20, -10)),
        "Outros e sem descrição",
    ]
    assert drawing.table.rows[-1] == ("Outros e sem descrição", "3", "R$ 70,00")
    assert drawing.sentence == "Saíram R$ 400,00; o que mais pesa é “Loja 80”, com 20 %."
    assert widths(drawing, "out-edge")[0] == 340


def test_words_that_do_not_fit_are_cut_in_the_drawing_and_whole_in_the_table() -> None:
    name = "Pagamento ao condomínio do edifício Rosa"
    drawing = spending.drawn(reckoned(person(financial_transactions=[debit("1", "2026-05-05", name)])))
    assert drawing.table.rows[0][0] == name
    assert "Pagamento ao condomínio do edi…" in drawing.svg
    assert bars.fitted("漢" * 20) == "漢" * 15 + "…"
    assert bars.fitted("x" * 30) == "x" * 30


def test_the_longest_bar_is_the_largest_amount_and_nought_has_none() -> None:
    drawn = list(bars.drawn([("a", Decimal("0.00")), ("b", Decimal("1.00"))], "owed", fill="#000000"))
    assert [each.get("width") for each in drawn if each.get("class") == "owed"] == ["340"]
