"""Lists of CPFs that are sent by a form: what is taken, what is refused, and what is told of the rows."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orchestrator.models import Run
from portal.presenting import refusals
from portal.views import runs as views
from tests.fakes import people
from tests.integration.portal.conftest import Send, listing, number, page, section


def test_a_list_is_sent_and_its_run_told_in_numbers_that_add_up(
    analyst: Client, send: Send, crowd: list[str]
) -> None:
    shown = page(analyst, send(*crowd[:4], people.ANA))
    assert "Lista de CPFs" in shown
    assert "Análise de crédito" in shown
    assert "analista" in shown
    assert "concluída" in shown
    assert (number(shown, "novos"), number(shown, "falharam")) == ("5", "0")
    assert (number(shown, "Feitos (soma)"), number(shown, "Total")) == ("5", "5")
    assert "<progress" not in shown


def test_the_rows_that_are_not_built_are_told_by_line_and_reason(
    analyst: Client, send: Send, crowd: list[str]
) -> None:
    shown = section(
        page(analyst, send(crowd[0], crowd[0], "abc", "11111111111", people.MARIA[:10] + "0")), "rows"
    )
    assert re.search(r"Aceitas</dt><dd[^>]*>1<", shown)
    assert re.search(r"Repetidas</dt><dd[^>]*>1<", shown)
    assert re.search(r"Recusadas</dt><dd[^>]*>3<", shown)
    assert re.findall(r'<td class="number">(\d+)</td><td>(.*?)</td>', shown) == [
        ("3", "O mesmo CPF da linha 2."),
        ("4", str(refusals.ROW_ERRORS["characters"])),
        ("5", "Este CPF repete um só dígito; ele não existe."),
        ("6", str(refusals.ROW_ERRORS["check_digits"])),
    ]


def test_of_many_rejected_rows_the_page_has_the_first(
    analyst: Client, send: Send, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SHOWN_AT_MOST", 2)
    shown = section(page(analyst, send(crowd[0], "a", "b", "c")), "rows")
    assert shown.count('<td class="number">') == 2
    assert "primeiras 2 de 3" in shown


def test_restored_zeros_are_told(analyst: Client, send: Send, crowd: list[str]) -> None:
    short = next(cpf for cpf in crowd if cpf.startswith("0"))
    assert "(1 com zeros à esquerda repostos)" in page(analyst, send(short.lstrip("0")))


def test_wrong_check_digits_are_built_where_that_is_ticked(analyst: Client, send: Send) -> None:
    url = send(people.MARIA[:10] + "0", allow_invalid_check_digits="on")
    assert number(page(analyst, url), "Total") == "1"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (listing("x", column="nome"), "Nenhuma coluna se chama cpf."),
        (listing(), "não há nenhuma linha"),
        (listing("abc"), "Nenhuma linha tem um CPF que se possa consultar."),
        (SimpleUploadedFile("a.csv", b""), "O arquivo está vazio."),
        ("", "Escolha um arquivo."),
    ],
)
def test_a_list_that_cannot_be_taken_is_refused_at_its_field_and_nothing_typed_is_lost(
    analyst: Client, file: object, told: str
) -> None:
    typed = {"purpose": "collection", "allow_invalid_check_digits": "on"}
    response = analyst.post("/runs/", {**typed, **({"file": file} if file else {})})
    shown = " ".join(response.content.decode().split())
    assert response.status_code == 200
    error = re.search(r'<p class="error" id="id_file_error" role="alert">(.*?)</p>', shown)
    assert error is not None
    assert told in error[1]
    assert 'value="collection" selected' in shown
    assert re.search(r'name="allow_invalid_check_digits"[^>]* checked', shown)
    assert "escolha-o de novo" not in shown
    assert not Run.objects.exists()


def test_a_list_without_a_purpose_is_refused_at_that_field(analyst: Client, crowd: list[str]) -> None:
    response = analyst.post("/runs/", {"file": listing(crowd[0]), "purpose": ""})
    shown = response.content.decode()
    assert "Escolha uma finalidade." in shown
    assert "escolha-o de novo" in shown


def test_the_form_says_what_a_list_needs(analyst: Client) -> None:
    shown = page(analyst, "/runs/")
    assert 'enctype="multipart/form-data"' in shown
    assert re.search(r'id="id_file_helptext">[^<]*uma coluna cpf e até 100.000 linhas', shown)
    assert re.search(r'<input type="file"[^>]*aria-describedby="id_file_helptext"', shown)
