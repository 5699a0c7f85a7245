"""A dossier laid out from declarations."""

from dataclasses import replace
from datetime import date

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from orchestrator.records.dossiers import Divergence, DossierView, Presence
from orchestrator.records.sources import Row
from portal.presenting import dossier_page
from portal.presenting.section_controls import PLAIN_UP_TO
from portal.presenting.sections import A_PAGE
from tests.unit.portal import cast


def table(view: DossierView, key: str) -> dossier_page.SectionTable:
    return next(table for table in dossier_page.tables(view, cast.sources()) if table.key == key)


def text_of(view: DossierView, key: str) -> str:
    """What the page shows of a section, without line breaks."""
    shown = table(view, key)
    page = render_to_string("portal/table.html", {"table": shown, "standing": shown.standing})
    return " ".join(page.split())


def test_sections_come_in_the_order_in_which_the_sources_declare_them() -> None:
    keys = [table.key for table in dossier_page.tables(cast.maria(), cast.sources())]
    assert keys == [
        "debts",
        "patrimonies",
        "sources_income",
        "financial_transactions",
        "last_purchase",
        "vehicles",
    ]


def test_a_fourth_source_appears_with_its_columns_its_row_and_its_total() -> None:
    page = text_of(cast.maria(), "vehicles")
    for part in ("Veículos", "Placa", "Comprado em", "Preço", "ABC1D23", "06/05/2024"):
        assert part in page
    assert "Total <b>R$ 1.234.567,89</b>" in page


def test_a_fourth_source_speaks_english_too() -> None:
    with translation.override("en"):
        page = text_of(cast.maria(), "vehicles")
    assert "Vehicles" in page
    assert "Plate" in page
    assert "Veículos" not in page


def test_a_source_s_own_ids_are_not_shown() -> None:
    assert [cell.heading for cell in table(cast.maria(), "debts").headings] == ["Data", "Valor"]


def test_rows_are_shown_newest_first() -> None:
    rows = table(cast.maria(), "debts").rows or ()
    assert [row[0].text for row in rows] == ["31/01/2020", "07/07/2018"]


def test_a_word_of_a_source_is_shown_in_the_page_s_language() -> None:
    assert "Cartão de crédito" in text_of(cast.maria(), "financial_transactions")
    with translation.override("en"):
        assert "Credit card" in text_of(cast.maria(), "financial_transactions")


def test_credits_and_debits_are_totalled_apart() -> None:
    totals = table(cast.maria(), "financial_transactions").totals
    assert totals == (("Crédito", "R$ 10,00"), ("Débito", "R$ 99,90"))


def test_a_birth_date_is_a_day_wherever_the_reader_is() -> None:
    assert dossier_page.person(cast.maria(), cast.sources())["date_birth"].text == "02/03/1985"


def test_what_a_source_wrote_is_escaped() -> None:
    assert "PIX &lt;recebido&gt;" in text_of(cast.maria(), "financial_transactions")


def test_nothing_there_reads_as_no_records() -> None:
    page = text_of(cast.maria(), "patrimonies")
    assert "Nenhum registro em Beta" in page
    assert "não respondeu" not in page


def test_a_person_not_found_reads_as_an_answer() -> None:
    page = text_of(cast.maria(alpha=cast.absent(Presence.NOT_FOUND)), "debts")
    assert "respondeu que não conhece esta pessoa" in page
    assert "Nenhum registro" not in page


def test_a_failed_source_reads_as_unknown_with_the_reason() -> None:
    view = cast.missing(cast.maria(), "alpha", "timeout")
    page = text_of(view, "debts")
    assert "nada se sabe desta seção" in page
    assert "a fonte demorou demais" in page
    assert table(view, "debts").rows is None
    assert table(view, "debts").totals == ()


def test_a_carried_block_says_that_it_is_old_and_why() -> None:
    carried = cast.live("carried", "unreachable")
    view = replace(cast.maria(), provenance={**cast.maria().provenance, "beta": carried})
    standing = dossier_page.standings(view, cast.sources())["beta"]
    assert standing.carried
    assert standing.sign.tone == "warn"
    assert str(standing.error) == "sem conexão com a fonte"
    assert "último dado conhecido" in text_of(view, "sources_income")


def test_three_presences_are_three_different_signs() -> None:
    view = cast.missing(cast.maria(beta=cast.absent(Presence.NOT_FOUND)), "capa", "timeout")
    signs = {str(each.sign.word) for each in dossier_page.standings(view, cast.sources()).values()}
    assert signs == {"encontrada", "pessoa não encontrada", "falhou"}


def test_names_that_differ_are_told_side_by_side() -> None:
    (differing,) = dossier_page.disagreements(cast.maria(), cast.sources())
    assert differing.label == "Nome"
    assert [value for _, value in differing.values] == ["Maria da Silva", "Maria A. da Silva"]


def test_what_is_stored_and_declared_no_more_is_left_out_or_told_by_its_bare_key() -> None:
    stored = replace(
        cast.found("alpha"),
        person={**cast.PEOPLE["alpha"], "nickname": "Mia"},
        sections={**cast.ROWS["alpha"], "loans": [{"rate": "3"}]},
    )
    told = Divergence(field="nickname", values={"fleet": "Mia", "gone": "Lia"})
    old = cast.maria(alpha=stored, gone=cast.absent(Presence.NOT_FOUND))
    view = replace(old, person={**old.person, "nickname": "Mia"}, divergences=(told, *old.divergences))
    named, nickname = dossier_page.disagreements(view, cast.sources())
    assert named.label == "Nome"
    assert (nickname.label, nickname.values) == ("nickname", (("Frota", "Mia"), ("gone", "Lia")))
    assert dossier_page.tables(view, cast.sources()) == dossier_page.tables(cast.maria(), cast.sources())
    assert "nickname" not in dossier_page.person(view, cast.sources())


@pytest.mark.parametrize(("rows", "filters"), [(PLAIN_UP_TO, False), (PLAIN_UP_TO + 1, True)])
def test_a_long_table_can_be_filtered(rows: int, filters: bool) -> None:
    debt = cast.ROWS["alpha"]["debts"][0]
    view = cast.maria(alpha=replace(cast.found("alpha"), sections={"debts": [debt] * rows}))
    controls = table(view, "debts").controls
    assert controls is not None
    assert controls.shown is filters


def test_what_is_held_against_somebody_and_too_old_is_counted_and_not_shown() -> None:
    shown = dossier_page.tables(cast.maria(), cast.sources(), today=date(2024, 1, 1))
    debts = next(each for each in shown if each.key == "debts")
    assert [row[0].text for row in debts.rows or ()] == ["31/01/2020"]
    assert debts.withheld == 1
    assert debts.controls is not None
    assert debts.controls.of == 1
    page = render_to_string("portal/table.html", {"table": debts, "standing": debts.standing})
    assert "1 registro de mais de cinco anos" in page
    assert "07/07/2018" not in page


def test_a_person_s_own_report_has_every_row_at_once() -> None:
    debt = cast.ROWS["alpha"]["debts"][0]
    view = cast.maria(alpha=replace(cast.found("alpha"), sections={"debts": [debt] * (A_PAGE + 1)}))
    rows = {
        whole: len(dossier_page.tables(view, cast.sources(), whole=whole)[0].rows or ())
        for whole in (True, False)
    }
    assert rows == {True: A_PAGE + 1, False: A_PAGE}


def test_a_section_that_was_not_yet_asked_for_reads_so_and_has_no_total() -> None:
    view = cast.maria(alpha=replace(cast.found("alpha"), sections={}))
    page = text_of(view, "debts")
    assert "Ainda não consultado" in page
    assert "Nenhum registro" not in page
    assert "não respondeu" not in page
    assert "R$" not in page
    with translation.override("en"):
        assert "Not asked yet" in text_of(view, "debts")


def test_a_person_s_value_that_was_not_yet_asked_for_reads_so() -> None:
    unasked = replace(cast.maria(fleet=replace(cast.found("fleet"), person={})), person={"name": "Maria"})
    assert dossier_page.person(unasked, cast.sources())["licence"].text == "ainda não consultado"
    nobody = replace(cast.maria(fleet=cast.absent(Presence.NOT_FOUND)), person={"name": "Maria"})
    assert dossier_page.person(nobody, cast.sources())["licence"].text == ""


def test_a_column_that_was_not_yet_asked_for_reads_so_in_each_row() -> None:
    old: list[Row] = [{"id": 7, "plate": "ABC1D23", "bought": None}]
    view = cast.maria(fleet=replace(cast.found("fleet"), sections={"vehicles": old}))
    assert [cell.text for cell in (table(view, "vehicles").rows or ())[0]] == [
        "ABC1D23",
        "",
        "ainda não consultado",
    ]
