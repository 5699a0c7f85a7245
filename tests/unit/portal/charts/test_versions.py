"""Figures across versions."""

from datetime import timedelta
from xml.etree import ElementTree

from portal.charts.history import Point
from portal.charts.versions import drawn
from tests.unit.portal.figures.people import AT, debt, holding, person, reckoned, without

SVG = "{http://www.w3.org/2000/svg}"


def point(version: int, owed: str | None) -> Point:
    """A version at which so much was owed; None: it was not known."""
    view = person(debts=[debt(owed or "1")], sources_income=[holding("5000")])
    figures = reckoned(view if owed else without(view, "debts"))
    return Point(version=version, at=AT + timedelta(seconds=version), figures=figures)


def test_before_there_are_two_versions_nothing_is_drawn() -> None:
    assert drawn([]) is None
    assert drawn([point(1, "10")]) is None


def test_the_table_tells_each_version_to_the_second_and_unknown_as_unknown() -> None:
    drawing = drawn([point(3, "10"), point(2, None), point(1, "7.50")])
    assert drawing is not None
    assert drawing.table.headings[2:4] == ("Dívida total", "Patrimônio líquido")
    assert [row[:4] for row in drawing.table.rows] == [
        ("1", "22/11/2026 12:00:01", "R$ 7,50", "−R$ 7,50"),
        ("2", "22/11/2026 12:00:02", "desconhecido", "desconhecido"),
        ("3", "22/11/2026 12:00:03", "R$ 10,00", "−R$ 10,00"),
    ]


def test_a_line_is_broken_where_the_figure_was_unknown() -> None:
    drawing = drawn([point(1, "10"), point(2, "10"), point(3, None), point(4, "20")])
    assert drawing is not None
    texts = [each.text for each in ElementTree.fromstring(drawing.svg) if each.tag == SVG + "text"]
    assert texts.count("?") == 2 + 4  # debt and net worth at version 3; no income was ever observed
    lines = [each.get("d") or "" for each in ElementTree.fromstring(drawing.svg) if each.tag == SVG + "path"]
    assert [line.count("L") for line in lines] == [1, 1, 3]  # debt, net worth, declared income


def test_the_sentence_says_what_moved_from_the_first_to_the_last() -> None:
    moved, still = drawn([point(1, "7.50"), point(2, "10")]), drawn([point(1, "10"), point(2, "10")])
    assert moved is not None
    assert still is not None
    assert moved.sentence == (
        "Da versão 1 à 2: Dívida total, R$ 7,50 → R$ 10,00; Patrimônio líquido, −R$ 7,50 → −R$ 10,00. "
        "Cada linha tem a sua escala."
    )
    assert still.sentence == "Nenhum destes valores é outro na versão 2 do que na 1."
