"""A version that is taken away: who may, what is on record, and what comes of it, on pages and by the API."""

import io
import json
import re
from hashlib import sha256

import pytest
from django.test import Client
from pypdf import PdfReader

from portal.exports import dossier_files
from portal.payloads import version_json
from tests.fakes import people as answers
from tests.fakes.people import MARIA
from tests.integration.portal.access.conftest import Asked, People, records
from tests.integration.portal.conftest import DOSSIERS, Fakes, Machine, dossier_url, page
from tests.problems import fields

FORMATS = sorted(dossier_files.FORMATS)


def export(current: object, file_format: str, number: int = 1) -> str:
    return f"{dossier_url(current)}versions/{number}/export/?format={file_format}"  # type: ignore[arg-type]


def said(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


@pytest.fixture
def reader(machine: Machine) -> Client:
    return machine("dossier:read", "dossier:all")


@pytest.mark.parametrize("file_format", FORMATS)
def test_it_is_recorded_as_an_export_of_one_version_in_a_format(
    people: People, asked: Asked, file_format: str
) -> None:
    current = asked()
    assert people["colleague"].get(export(current, file_format)).status_code == 200
    (told,) = records(action="export")
    assert (told["dossier_id"], told["version"], told["detail"]) == (current.dossier_id, 1, file_format)
    assert (told["outcome"], told["basis"], told["purpose"]) == ("shown", "team", "credit_analysis")
    assert int(str(told["amount"])) > 0
    assert told["person"]
    assert MARIA not in str(told)
    people["colleague"].get(export(current, file_format))
    assert len(records(action="export")) == 2  # each is one: it leaves the house each time


def test_another_team_is_told_that_there_is_none_and_that_is_on_record(people: People, asked: Asked) -> None:
    current = asked()
    assert people["elsewhere"].get(export(current, "pdf")).status_code == 404
    (told,) = records(action="export")
    assert (told["outcome"], told["dossier_id"]) == ("not_found", current.dossier_id)


@pytest.mark.parametrize("number", [2, 2**40])
def test_a_version_that_there_is_not_is_on_record_as_not_found(
    people: People, asked: Asked, number: int
) -> None:
    current = asked()
    assert people["analyst"].get(export(current, "csv", number)).status_code == 404
    (told,) = records(action="export")
    assert (told["outcome"], told["dossier_id"]) == ("not_found", current.dossier_id)
    assert told["version"] == (number if number < 2**31 else None)


def test_a_version_of_before_one_s_ask_is_no_more_to_be_had_than_to_be_seen(
    people: People, asked: Asked, fake_sources: Fakes
) -> None:
    asked("elsewhere")
    fake_sources["alpha"].people[MARIA] = answers.alpha(MARIA, debts=("2000.00",))
    asked("elsewhere")
    current = asked()  # when version 2 stood
    found = {number: people["analyst"].get(export(current, "csv", number)).status_code for number in (1, 2)}
    assert found == {1: 404, 2: 200}
    assert people["supervisor"].get(export(current, "csv")).status_code == 200  # may see older ones


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_is_an_attachment_that_nobody_keeps_and_whose_name_tells_nothing(
    people: People, asked: Asked, reader: Client, file_format: str
) -> None:
    current = asked()
    api = f"{DOSSIERS}{current.dossier_id}/versions/1/export/?format={file_format}"
    for response in (people["analyst"].get(export(current, file_format)), reader.get(api)):
        name = f"dossier-{current.dossier_id}-v1.{file_format}"
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response["Content-Type"] == dossier_files.FORMATS[file_format]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert set(response["Cache-Control"].split(", ")) == {"no-store", "private"}


def test_the_page_offers_all_formats_of_the_version_that_it_shows(people: People, asked: Asked) -> None:
    current = asked()
    shown = page(people["analyst"], dossier_url(current))
    assert re.findall(r'href="[^"]*/versions/1/export/\?format=(\w+)"', shown) == [
        "pdf",
        "xlsx",
        "csv",
        "json",
    ]


def test_a_format_that_there_is_not_is_a_404_on_the_page_and_names_the_choices_over_the_api(
    people: People, asked: Asked, reader: Client
) -> None:
    current = asked()
    assert people["analyst"].get(export(current, "docx")).status_code == 404
    refused = reader.get(f"{DOSSIERS}{current.dossier_id}/versions/1/export/?format=docx")
    assert refused.status_code == 400
    assert fields(refused) == ["format"]
    assert all(file_format in refused.content.decode() for file_format in FORMATS)
    assert records(action="export") == []


def test_json_and_the_pdf_s_attachment_are_the_api_s_body_without_what_moves(
    people: People, asked: Asked, reader: Client
) -> None:
    base = f"{DOSSIERS}{asked().dossier_id}/versions/1/"
    answered = reader.get(base).json()
    taken = reader.get(f"{base}export/?format=json").content
    assert json.loads(taken) == version_json.without_what_moves(answered)
    assert set(answered) - set(json.loads(taken)) == set(version_json.MOVING)
    made = reader.get(f"{base}export/").content
    ((attached,),) = PdfReader(io.BytesIO(made)).attachments.values()
    assert attached == taken
    assert sha256(taken).hexdigest() in said(made)


def test_a_version_that_was_checked_again_is_the_same_json(
    people: People, asked: Asked, reader: Client
) -> None:
    base = f"{DOSSIERS}{asked().dossier_id}/versions/1/"
    before, answer = reader.get(f"{base}export/?format=json").content, reader.get(base).json()
    asked()  # nothing changed
    assert reader.get(base).json()["checked_at"] != answer["checked_at"]
    assert reader.get(f"{base}export/?format=json").content == before


def test_a_pdf_names_who_took_it_and_what_for(people: People, asked: Asked, reader: Client) -> None:
    current = asked()
    told = said(people["colleague"].get(export(current, "pdf")).content)
    assert "colleague · Análise de crédito (pedido da equipe)" in told
    by_machine = said(reader.get(f"{DOSSIERS}{current.dossier_id}/versions/1/export/").content)
    assert "machine · without an ask (access to all)" in by_machine


def test_files_speak_the_language_of_the_page_and_of_the_request(
    people: People, asked: Asked, reader: Client
) -> None:
    current = asked()
    api = f"{DOSSIERS}{current.dossier_id}/versions/1/export/?format=csv"
    header = {
        language: reader.get(api, headers={"Accept-Language": language}) for language in ("pt-BR", "en")
    }
    assert header["pt-BR"].content.decode("utf-8-sig").startswith("Seção;Linha;Observação;")
    assert header["en"].content.decode("utf-8-sig").startswith("Section;Row;Remark;")
    assert (b";45000,00;" in header["pt-BR"].content, b";45000.00;" in header["en"].content) == (True, True)
    browser = people["analyst"]
    assert browser.get(export(current, "csv")).content.decode("utf-8-sig").startswith("Seção;")
    browser.post("/setlang/", {"language": "en", "next": "/"})
    assert browser.get(export(current, "csv")).content.decode("utf-8-sig").startswith("Section;")
