"""What holds of every chart: it can be put into a page and a PDF, and tells what it shows in words too."""

import re
from collections.abc import Iterator
from itertools import chain
from xml.etree import ElementTree

import pytest
from django.utils import translation

from portal.charts.drawing import charts
from portal.charts.history import Point
from portal.charts.records import Drawing
from tests.unit.portal.figures.people import (
    AT,
    Rows,
    by_month,
    carried,
    credit,
    debit,
    debt,
    holding,
    person,
    reckoned,
    without,
)

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '</text><script>alert(1)</script><image href="http://x/"/> & "x" {{7*7}} \x00\x1b\ufffe'
MONTHS = by_month(("2026-05", "3000", "1000"), ("2026-06", "900", "1500"), ("2026-07", "3000", "50"))


def drawings(transactions: Rows = MONTHS, debts: Rows = (), versions: int = 2) -> dict[str, Drawing]:
    """The charts of a person, by key, with a history of so many versions."""
    figures = reckoned(
        person(
            financial_transactions=transactions,
            debts=debts or [debt("1000", "2026-11-01", 1)],
            sources_income=[holding("5000")],
        )
    )
    history = [Point(version=number, at=AT, figures=figures) for number in range(1, versions + 1)]
    return {each.key: each for each in charts(figures, history)}


def elements(drawing: Drawing) -> Iterator[ElementTree.Element]:
    return ElementTree.fromstring(drawing.svg).iter()


def test_there_are_four_charts_in_the_order_in_which_they_are_read() -> None:
    assert list(drawings()) == ["months", "ages", "spending", "versions"]


def test_each_has_a_title_a_sentence_and_a_table_and_says_so_to_who_listens() -> None:
    for drawing in drawings().values():
        root = ElementTree.fromstring(drawing.svg)
        told = {each.get("id"): each.text for each in root if each.tag in (SVG + "title", SVG + "desc")}
        assert root.get("role") == "img"
        assert [told[name] for name in (root.get("aria-labelledby") or "").split()] == [
            drawing.title,
            drawing.sentence,
        ]
        assert drawing.table.rows
        assert {len(row) for row in drawing.table.rows} == {len(drawing.table.headings)}


def test_no_id_comes_twice_on_a_page_and_all_that_are_referred_to_are_there() -> None:
    drawn = drawings().values()
    ids = [each.get("id") for each in chain.from_iterable(map(elements, drawn)) if each.get("id")]
    assert len(set(ids)) == len(ids)
    referred = set(re.findall(r"url\(#([^)]+)\)", "".join(each.svg for each in drawn)))
    assert referred
    assert referred <= set(ids)


def test_nothing_in_a_drawing_breaks_a_strict_policy_or_comes_from_outside() -> None:
    allowed = {"svg", "title", "desc", "defs", "pattern", "rect", "line", "path", "circle", "text"}
    for drawing in drawings([*MONTHS, debit("99999", "2026-06-11", EVIL)]).values():
        for each in elements(drawing):
            assert each.tag.removeprefix(SVG) in allowed
            assert not [name for name in each.attrib if name == "style" or "href" in name or name[:2] == "on"]
        assert re.findall(r"https?://[^\"]*", drawing.svg)[:1] == ["http://www.w3.org/2000/svg"]


def test_every_mark_has_a_colour_of_its_own_for_print_beside_its_class() -> None:
    for drawing in drawings().values():
        for each in elements(drawing):
            if each.tag.removeprefix(SVG) in ("rect", "line", "path", "circle", "text"):
                assert each.get("class"), each.tag
                assert each.get("fill") or each.get("stroke"), (drawing.key, each.attrib)
                assert "var(" not in "".join(each.attrib.values())


def test_what_a_source_wrote_is_text_in_drawing_and_sentence() -> None:
    drawing = drawings([*MONTHS, debit("99999", "2026-06-11", EVIL)])["spending"]
    shown = [each.text or "" for each in elements(drawing) if each.tag == SVG + "text"]
    assert any(each.startswith("</text><script>") for each in shown)
    assert "<script" not in drawing.svg
    assert "\x00" not in drawing.svg
    desc = next(each.text for each in elements(drawing) if each.tag == SVG + "desc") or ""
    assert "{{7*7}} ���" in desc


def test_the_same_figures_give_the_same_drawing() -> None:
    assert drawings() == drawings()


def test_charts_speak_english() -> None:
    with translation.override("en"):
        drawn = drawings()
    assert [each.title for each in drawn.values()] == [
        "Credits and debits by month",
        "Debts by age",
        "Where the money goes",
        "Figures across versions",
    ]
    assert not [each for drawing in drawn.values() for each in ("R$", "mês", "dívida") if each in drawing.svg]


@pytest.mark.parametrize(
    ("missing", "keys"), [("financial_transactions", ("months", "spending")), ("debts", ("ages",))]
)
def test_unknown_is_not_drawn_and_says_why(missing: str, keys: tuple[str, ...]) -> None:
    drawn = {each.key: each for each in charts(reckoned(without(person(), missing)), ())}
    for key in keys:
        assert drawn[key].svg == ""
        assert drawn[key].table.rows == ()
        assert re.fullmatch(r"Desconhecido: .* ainda não foi consultada sobre isto\.", drawn[key].sentence)


def test_nothing_there_is_not_unknown() -> None:
    drawn = {each.key: each for each in charts(reckoned(person()), ())}
    assert {key: (each.svg, each.sentence) for key, each in drawn.items()} == {
        "months": ("", "Não há transação que conte."),
        "ages": ("", "Não há dívida com data que conte."),
        "spending": ("", "Não há débito que conte."),
    }


def test_what_stands_on_an_earlier_check_says_so() -> None:
    view = person(financial_transactions=MONTHS, debts=[debt("1000", "2026-11-01")])
    stale = {each.key: each.sentence for each in charts(reckoned(carried(view, "capa")), ())}
    assert [key for key, sentence in stale.items() if "consulta anterior" in sentence] == [
        "months",
        "spending",
    ]


def test_amounts_of_nought_can_be_drawn() -> None:
    drawn = drawings([credit("0.00", "2026-06-10"), debit("0.00", "2026-06-10")])
    assert "saldo de R$ 0,00" in drawn["months"].sentence
    assert drawn["spending"].sentence == "Saíram R$ 0,00."
