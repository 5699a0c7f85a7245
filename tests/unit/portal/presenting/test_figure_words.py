"""How figures are written, in both languages."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

import portal
from orchestrator.records.dossiers import DossierView
from portal.figures.records import Known, Level, Unit
from portal.presenting.dossiers import figure_words
from tests.unit.portal import cast
from tests.unit.portal.figures.people import (
    by_month,
    carried,
    credit,
    debt,
    figure,
    not_found,
    person,
    reckoned,
    without,
)

STEADY = by_month(*((f"2026-0{month}", "1234.50", "300.00") for month in range(1, 8)))
VIEW = person(debts=[debt("1234.56", "2026-01-31"), debt("1.00", None)], financial_transactions=STEADY)


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("total_debt", "R$ 1.235,56"),
        ("net_worth", "−R$ 1.235,56"),
        ("oldest_debt", "31/01/2026"),
        ("old_debts", "0"),
        ("income_confidence", "média"),
        ("debt_in_months", "1,0 meses"),
        ("longest_gap", "30 dias"),
        ("top_credits_share", "42,8 %"),
    ],
)
def test_a_value_is_written_by_its_unit(key: str, written: str) -> None:
    with translation.override("pt-br"):
        assert figure_words.text(figure(VIEW, key)) == written


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("income_confidence", "medium"),
        ("debt_in_months", "1.0 months"),
        ("longest_gap", "30 days"),
        ("top_credits_share", "42.8%"),
    ],
)
def test_a_value_is_written_in_english_too(key: str, written: str) -> None:
    with translation.override("en"):
        assert figure_words.text(figure(VIEW, key)) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("pt-br", "desconhecido: Alpha (dívidas) não respondeu, e nada se sabe dela."),
        ("en", "unknown: Alpha (debts) did not answer, and nothing is known of it."),
    ],
)
def test_what_is_unknown_says_why(language: str, written: str) -> None:
    found = figure(cast.missing(VIEW, "alpha", "timeout"), "total_debt")
    with translation.override(language):
        assert figure_words.text(found) == written
    assert figure_words.value(found) == ""


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("pt-br", "Não há dívida com data que conte."),
        ("en", "There is no dated debt that counts."),
    ],
)
def test_whoever_owes_nothing_has_no_oldest_debt_and_that_is_not_unknown(language: str, written: str) -> None:
    for view in (person(), not_found(VIEW, "alpha"), carried(person(), "alpha")):
        with translation.override(language):
            assert figure_words.text(figure(view, "oldest_debt")) == written
    told = {each.key: each for each in figure_words.told(reckoned(person()), cast.REGISTERED)}
    failed = figure_words.told(reckoned(cast.missing(VIEW, "alpha", "timeout")), cast.REGISTERED)
    assert (told["oldest_debt"].is_none, told["total_debt"].is_none) == (True, False)
    assert [each.is_none for each in failed if each.key in ("oldest_debt", "total_debt")] == [False, False]


@pytest.mark.parametrize(("went", "is_below"), [("634.50", False), ("634.51", True)])
def test_the_margin_is_compared_with_the_minimum(went: str, is_below: bool) -> None:
    rows = by_month(*((f"2026-0{month}", "1234.50", went) for month in range(1, 4)))
    written = figure_words.compared(figure(person(financial_transactions=rows), "income_margin"))
    start = "abaixo" if is_below else "não abaixo"
    assert written == f"{start} do mínimo existencial de R$ 600,00"
    assert figure_words.compared(figure(VIEW, "total_debt")) == ""
    assert figure_words.compared(figure(person(), "income_margin")) == ""


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (VIEW, "Dívidas, Alpha (dívidas): da última consulta; 2 linhas; consulta de 22/11/2026 10:05."),
        (
            person(),
            "Dívidas, Alpha (dívidas): da última consulta; nenhuma linha; consulta de 22/11/2026 10:05.",
        ),
        (
            carried(VIEW, "alpha"),
            "Dívidas, Alpha (dívidas): da última vez que a fonte respondeu; depois ela falhou; 2 linhas; "
            "consulta de 22/11/2026 10:05.",
        ),
        (
            not_found(VIEW, "alpha"),
            "Dívidas, Alpha (dívidas): a fonte não conhece a pessoa; consulta de 22/11/2026 10:05.",
        ),
        (
            carried(not_found(VIEW, "alpha"), "alpha"),
            "Dívidas, Alpha (dívidas): a fonte não conhecia a pessoa quando respondeu; depois ela falhou; "
            "consulta de 22/11/2026 10:05.",
        ),
        (
            cast.missing(VIEW, "alpha", "timeout"),
            "Dívidas, Alpha (dívidas): a fonte falhou, e nada se sabe dela.",
        ),
        (
            without(VIEW, "debts"),
            "Dívidas, Alpha (dívidas): ainda não consultado; consulta de 22/11/2026 10:05.",
        ),
    ],
)
def test_what_a_figure_stands_on_is_a_sentence(view: DossierView, sentence: str) -> None:
    (part,) = figure(view, "total_debt").basis
    assert figure_words.basis(part, cast.REGISTERED) == sentence


def test_what_is_left_out_is_told_with_its_amount_and_why() -> None:
    view = person(debts=[debt("-1.00"), debt("7.00", "2001-01-01"), debt("8.00", "2001-01-01")])
    assert [figure_words.left_out(each) for each in figure(view, "total_debt").left_out] == [
        "1 linha (−R$ 1,00): com valor de zero ou menos",
        "2 linhas: de mais de cinco anos, que não se podem mostrar (CDC, art. 43, § 1º)",
    ]


def test_all_figures_are_written_in_their_order() -> None:
    told = figure_words.told(reckoned(carried(VIEW, "alpha")), cast.REGISTERED)
    assert [each.key for each in told] == list(reckoned(VIEW).figures)
    by_key = {each.key: each for each in told}
    assert by_key["total_debt"].stale
    assert not by_key["assets"].stale
    assert by_key["observed_income"].left_out == ("4 linhas (R$ 3.069,00): de meses que não são inteiros",)
    assert all(each.formula and each.basis and each.label for each in told)


def test_every_level_standing_and_unit_has_words_in_both_languages() -> None:
    assert set(figure_words.LEVELS) == set(Level)
    assert set(figure_words.STANDINGS) == set(Known)
    assert {each.unit for each in reckoned(VIEW).figures.values()} == set(Unit)
    catalogue = (Path(portal.__file__).parent / "locale/en/LC_MESSAGES/django.po").read_text()
    for told in (*figure_words.LEVELS.values(), *figure_words.STANDINGS.values()):
        assert f'msgid "{told}"' in catalogue


def test_a_share_is_never_rounded_to_all_of_it_by_a_small_credit() -> None:
    rows = [credit("1000000.00", "2026-03-01")] * 3 + [credit("1.00", "2026-03-01")]
    assert figure(person(financial_transactions=rows), "top_credits_share").value == Decimal("0.999")


def test_a_figure_of_two_sources_has_two_sentences() -> None:
    (worth,) = [
        each for each in figure_words.told(reckoned(VIEW), cast.REGISTERED) if each.key == "net_worth"
    ]
    assert [sentence.split(",")[0] for sentence in worth.basis] == ["Bens", "Dívidas"]
