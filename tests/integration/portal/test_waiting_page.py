"""A request's page: what its sources do meanwhile, what a poll brings, and how it ends."""

from django.test import Client

from orchestrator.models import DossierRequest
from orchestrator.requests import building
from tests.fakes.people import MARIA
from tests.fakes.source import status
from tests.integration.portal.conftest import FORM, HTMX, Build, Fakes, dossier_url, page, silence


def test_the_wait_page_tells_each_source_s_state_attempts_and_error(
    analyst: Client, fake_sources: Fakes
) -> None:
    fake_sources["beta"].script = [status(503)]
    url = analyst.post("/", FORM)["Location"]
    ask = DossierRequest.objects.get()
    for fetch in ask.build.fetches.order_by("pk"):
        building.fetch(fetch.pk)
    waiting = page(analyst, url)
    assert "aguardando nova tentativa" in waiting
    assert "tentativa 1 de 3" in waiting
    assert "erro interno da fonte" in waiting
    assert waiting.count("direto da fonte") == 2
    assert '<noscript><meta http-equiv="refresh"' in waiting


def test_a_poll_sends_nothing_while_nothing_moves(analyst: Client, fake_sources: Fakes) -> None:
    url = analyst.post("/", FORM)["Location"]
    etag = analyst.get(url, headers=HTMX)["ETag"]
    unchanged = analyst.get(url, headers={**HTMX, "If-None-Match": etag})
    assert unchanged.status_code == 304
    assert unchanged.content == b""


def test_a_poll_sends_only_the_moving_part_and_what_it_will_ask_with_next(
    analyst: Client, fake_sources: Fakes
) -> None:
    response = analyst.get(analyst.post("/", FORM)["Location"], headers=HTMX)
    fragment = response.content.decode()
    assert "<html" not in fragment
    assert 'aria-live="polite"' not in fragment
    assert "0 de 3 fontes respondidas" in fragment
    assert response["ETag"].strip('"') in fragment


def test_a_poll_in_the_other_language_is_another_version(analyst: Client, fake_sources: Fakes) -> None:
    url = analyst.post("/", FORM)["Location"]
    etag = analyst.get(url, headers=HTMX)["ETag"]
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    assert analyst.get(url, headers={**HTMX, "If-None-Match": etag}).status_code == 200


def test_a_poll_of_a_finished_request_sends_the_browser_to_the_dossier(analyst: Client, built: Build) -> None:
    current = built()
    response = analyst.get(f"/requests/{current.request_id}/", headers=HTMX)
    assert response["HX-Redirect"] == dossier_url(current)


def test_a_poll_whose_session_has_ended_says_so_and_leaves_the_page_as_it_is(
    client: Client, built: Build
) -> None:
    response = client.get(f"/requests/{built().request_id}/", headers=HTMX)
    assert (response.status_code, response["HX-Trigger"]) == (401, '{"session-ended": {}}')


def test_a_finished_request_opens_the_dossier_and_says_what_came_of_it(analyst: Client, built: Build) -> None:
    assert "nova versão do dossiê" in page(analyst, f"/requests/{built().request_id}/")
    assert "nada mudou desde a última versão" in page(analyst, f"/requests/{built().request_id}/")


def test_a_failed_request_says_what_stands_and_how_to_try_again(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    built()
    for fake in fake_sources.values():
        silence(fake)
    failed = built()
    ended = page(analyst, f"/requests/{failed.request_id}/")
    assert "Consulta encerrada" in ended
    assert "Continua valendo a versão 1" in ended
    assert f'action="/dossiers/{failed.dossier_id}/update/"' in ended
    assert "hx-get" not in ended
    assert "wait.js" not in ended


def test_an_analyst_takes_an_ask_back_on_the_wait_page(analyst: Client, fake_sources: Fakes) -> None:
    asked = analyst.post("/", {"cpf": MARIA, "purpose": "credit_analysis"})
    waiting = analyst.get(asked["Location"]).content.decode()
    assert f'action="{asked["Location"]}cancel/"' in waiting
    ended = analyst.post(f"{asked['Location']}cancel/", follow=True).content.decode()
    assert "O pedido foi cancelado antes de terminar." in ended
    assert ended.count("interrompida") == 3
    assert "cancel/" not in ended
