"""What holds on every page of an analyst: a login first, both languages, no inline script, no copies kept."""

import re
from uuid import UUID

import pytest
from django.test import Client

from tests.fakes.people import JOAO
from tests.integration.portal.conftest import Build, dossier_url, page

UNKNOWN = UUID(int=7)  # of a request: the same in every worker, or these tests had no one name


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/find/",
        "/sources/",
        "/followed/",
        "/followed/news/",
        f"/requests/{UNKNOWN}/",
        f"/requests/{UNKNOWN}/attempts/",
        "/dossiers/1/",
        "/dossiers/1/diff/",
        "/dossiers/1/versions/1/export/",
    ],
)
def test_every_page_asks_for_a_login_first(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=")


@pytest.mark.parametrize(
    "path",
    [
        f"/requests/{UNKNOWN}/",
        f"/requests/{UNKNOWN}/attempts/",
        "/dossiers/999999/",
        "/dossiers/1/versions/9/",
        "/dossiers/1/versions/9/decide/",
        "/dossiers/1/versions/9/export/?format=csv",
    ],
)
def test_what_does_not_exist_is_a_404_page(analyst: Client, path: str) -> None:
    response = analyst.get(path)
    assert response.status_code == 404
    assert "Voltar ao início" in response.content.decode()


def test_pages_are_portuguese_until_english_is_chosen(analyst: Client) -> None:
    english_browser = {"Accept-Language": "en-US,en"}
    assert "Nova consulta" in analyst.get("/", headers=english_browser).content.decode()
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    response = analyst.get("/")
    assert "New request" in response.content.decode()
    assert response["Content-Language"] == "en"


def test_a_declared_label_follows_the_language(analyst: Client, built: Build) -> None:
    current = built(JOAO)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    shown = page(analyst, dossier_url(current))
    assert "Sources of income" in shown
    assert "Fontes de renda" not in shown


def test_pages_run_no_inline_script_and_load_from_nowhere_else(analyst: Client, built: Build) -> None:
    response = analyst.get(dossier_url(built()))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    body = response.content.decode()
    assert (
        re.search(r"<style|style=|<script(?![^>]*src=\"/static/)|https?://(?!www\.w3\.org)|\son\w+=", body)
        is None
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/find/",
        "/followed/",
        "/followed/news/",
        "{}",
        "{}versions/1/",
        "{}versions/1/decide/",
        "{}versions/1/export/?format=json",
        "{}diff/",
    ],
)
def test_pages_with_personal_data_stay_out_of_every_cache(analyst: Client, built: Build, path: str) -> None:
    response = analyst.get(path.format(dossier_url(built())))
    assert response.status_code == 200
    assert set(response["Cache-Control"].split(", ")) == {"no-store", "private"}


@pytest.mark.parametrize(
    ("language", "path", "title"),
    [
        ("pt-br", "{}", "Dossiê nº {} · Dossiê"),
        ("en", "{}versions/1/", "Dossier no. {} · Dossier"),
        ("pt-br", "{}diff/", "O que mudou · Dossiê"),
    ],
)
def test_no_title_names_the_person_since_browsers_keep_titles(
    analyst: Client, built: Build, language: str, path: str, title: str
) -> None:
    current = built()
    analyst.post("/setlang/", {"language": language, "next": "/"})
    shown = page(analyst, path.format(dossier_url(current)))
    assert "Maria da Silva" in shown
    assert f"<title>{title.format(current.dossier_id)}</title>" in shown
