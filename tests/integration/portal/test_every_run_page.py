"""What holds on every page about runs: a login first, no CPF, no script of its own, both languages."""

import re

import pytest
from django.test import Client

from orchestrator import conf, runs
from tests.integration.portal.conftest import Fakes, Send, page, paused_by_itself
from tests.integration.runs.conftest import Hands


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/runs/", "/runs/everybody/", "/runs/1/", "/runs/1/people/", "/runs/1/results/"]
)
def test_every_page_asks_for_a_login_first(client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("path", ["/runs/refresh/", "/runs/1/pause/", "/runs/1/cancel/", "/runs/1/retry/"])
def test_nothing_is_done_by_following_a_link(analyst: Client, path: str) -> None:
    assert analyst.get(path).status_code == 405


def test_what_has_no_token_against_forgery_does_nothing(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = analyst.cookies
    run_id = runs.refresh(owner="clock")
    assert strict.post(f"/runs/{run_id}/cancel/").status_code == 403
    assert runs.status(run_id).state == "running"


@pytest.mark.parametrize(
    "path", ["/runs/1/", "/runs/1/people/", "/runs/1/results/", "/runs/1/results/?format=pdf"]
)
def test_a_run_that_is_not_there_is_a_404(analyst: Client, path: str) -> None:
    assert analyst.get(path).status_code == 404


def test_no_cpf_is_on_a_page_about_runs_nor_in_its_addresses(
    analyst: Client, send: Send, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["beta"].people[crowd[1]]["name"] = 7
    for shown in (page(analyst, send(*crowd, "123")), page(analyst, "/runs/")):
        digits = re.sub(r"[.-]", "", shown.replace("como 529.982.247-25", ""))  # what a CPF looks like
        assert [cpf for cpf in crowd if cpf in digits] == []


def test_pages_run_no_script_and_no_style_of_their_own(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner="clock")
    for path in ("/runs/", "/runs/everybody/", f"/runs/{run_id}/"):
        body = analyst.get(path).content.decode()
        assert re.search(r"<style|style=|<script(?![^>]*src=\"/static/)|\son\w+=", body) is None
    assert '<noscript><meta http-equiv="refresh"' in body


def test_pages_speak_english(
    analyst: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = paused_by_itself(hands, fake_sources, monkeypatch)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    shown = page(analyst, f"/runs/{run_id}/") + page(analyst, "/runs/")
    for part in (
        "Batch runs",
        "Refresh of everybody",
        "Paused because of Capa",
        "Done (sum)",
        "Send the list",
    ):
        assert part in shown
    assert re.search(r"Pausada|Feitos|Fonte|Consulta|Resultado", shown) is None


def test_a_list_without_rows_says_what_to_do_next(analyst: Client) -> None:
    assert "Envie uma lista, ou atualize todos" in analyst.get("/runs/").content.decode()
