"""Every call that a request made: over the API, on the wait page, on its own page after it ended."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from orchestrator import dossiers
from orchestrator.models import DossierRequest
from orchestrator.records.requests import RequestStatus
from orchestrator.requests import building
from tests.fakes import people
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.portal.conftest import conforms, mine, page, silence, trip, work

Fakes = dict[str, FakeSource]
Build = Callable[..., RequestStatus]
HTMX = {"HX-Request": "true"}
FORM = {"cpf": "529.982.247-25", "purpose": "credit_analysis", "fresh": "on"}
RETRY = "Consultar de novo só o que falhou"


def attempts_url(current: RequestStatus) -> str:
    return f"/requests/{current.request_id}/attempts/"


def retry_action(shown: str) -> str | None:
    """Where the button to ask again sends, if there is one."""
    found = re.search(r'action="(/requests/[0-9a-f-]{36}/retry/)"', shown)
    return found[1] if found else None


def broken_debt() -> dict[str, object]:
    return people.alpha(MARIA, debts=("10.00", "a lot"))


def test_the_api_tells_each_call_with_its_times_and_its_reason(
    machine: Callable[..., Client], built: Build, fake_sources: Fakes
) -> None:
    fake_sources["alpha"].script = [status(503), status(503)]
    fake_sources["capa"].always = status(403)
    api = machine("dossier:read", "dossier:all")
    body = api.get(f"/api/dossier-requests/{built().request_id}/").json()
    conforms(body, "RequestStatus")
    first, second, third = body["sources"]["alpha"]["history"]
    assert [call["number"] for call in (first, second, third)] == [1, 2, 3]
    assert (first["error_code"], first["status_code"]) == ("server_error", 503)
    assert first["retry_in_seconds"] > 0
    assert (third["error_code"], third["status_code"], third["reason"]) == (None, 200, "")
    assert third["retry_in_seconds"] is None
    assert first["started_at"] < first["ended_at"] <= second["started_at"]
    assert first["seconds"] == round(first["seconds"], 3)
    (refused,) = body["sources"]["capa"]["history"]
    assert (refused["error_code"], refused["retry_in_seconds"]) == ("refused", None)


def test_a_source_that_was_not_called_has_no_history(
    machine: Callable[..., Client], built: Build, fake_sources: Fakes
) -> None:
    built()
    accepted = dossiers.request(cpf=MARIA, purpose="collection", owner=mine())
    work(accepted.request_id)
    body = machine("dossier:read", "dossier:all").get(f"/api/dossier-requests/{accepted.request_id}/").json()
    assert [source["origin"] for source in body["sources"].values()] == ["cache"] * 3
    assert [source["history"] for source in body["sources"].values()] == [[]] * 3


def test_a_broken_answer_s_reason_names_the_place_and_never_the_value(
    machine: Callable[..., Client], analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["alpha"].people[MARIA] = broken_debt()
    current = built()
    body = machine("dossier:read", "dossier:all").get(f"/api/dossier-requests/{current.request_id}/").json()
    reason = body["sources"]["alpha"]["history"][0]["reason"]
    assert "debts" in reason
    assert "a lot" not in reason
    shown = page(analyst, attempts_url(current))
    assert shown.count(f'<code lang="en">{reason}</code>') == 3
    assert "a fonte respondeu algo inválido" in shown


def test_the_wait_page_tells_the_calls_of_a_source_that_failed_and_of_no_other(
    analyst: Client, fake_sources: Fakes
) -> None:
    fake_sources["beta"].script = [status(503)]
    url = analyst.post("/", FORM)["Location"]
    for fetch in DossierRequest.objects.get().build.fetches.order_by("pk"):
        building.fetch(fetch.pk)
    for shown in (page(analyst, url), analyst.get(url, headers=HTMX).content.decode()):
        assert shown.count('class="calls"') == 1
        assert "HTTP 503" in shown
        assert "nova tentativa" in shown
        assert shown.count("erro interno da fonte") == 1


def test_a_poll_brings_a_new_call_when_there_is_one(analyst: Client, fake_sources: Fakes) -> None:
    fake_sources["beta"].script = [status(503)]
    url = analyst.post("/", FORM)["Location"]
    etag = analyst.get(url, headers=HTMX)["ETag"]
    building.fetch(DossierRequest.objects.get().build.fetches.get(source="beta").pk)
    response = analyst.get(url, headers={**HTMX, "If-None-Match": etag})
    assert response.status_code == 200
    assert 'class="calls"' in response.content.decode()


def test_a_request_that_has_ended_is_shown_with_all_its_calls(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["beta"].always = status(503)
    current = built()
    shown = page(analyst, attempts_url(current))
    for part in ("Análise de crédito", "parcial", "nova versão do dossiê", "ignoradas", "3 de 3", "HTTP 503"):
        assert part in shown
    assert shown.count("erro interno da fonte") == 3
    assert shown.count("respondeu") >= 2
    assert f'href="/dossiers/{current.dossier_id}/"' in shown


def test_a_source_that_was_not_called_says_so(analyst: Client, built: Build, fake_sources: Fakes) -> None:
    trip(fake_sources["capa"], built)
    shown = page(analyst, attempts_url(built()))
    assert "Nenhuma chamada foi feita a esta fonte neste pedido." in shown
    assert "fonte suspensa por falhas seguidas" in shown


def test_a_request_under_way_can_be_followed_from_its_attempts_and_not_retried(
    analyst: Client, fake_sources: Fakes
) -> None:
    wait = analyst.post("/", FORM)["Location"]
    shown = page(analyst, f"{wait}attempts/")
    assert f'href="{wait}"' in shown
    assert retry_action(shown) is None


def test_the_attempts_outlive_a_dossier_that_can_be_read_no_more(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    current = built()
    lost = DossierRequest.objects.get(pk=current.request_id).build.dossier
    lost.data_key = b"destroyed"
    lost.save(update_fields=["data_key"])
    shown = page(analyst, attempts_url(current))
    assert "não pode mais ser lido" in shown
    assert "Maria" not in shown


@pytest.mark.parametrize(
    ("language", "told"), [("pt-br", "Como foi a consulta"), ("en", "How the request went")]
)
def test_no_title_of_the_attempts_names_the_person(
    analyst: Client, built: Build, language: str, told: str
) -> None:
    current = built()
    analyst.post("/setlang/", {"language": language, "next": "/"})
    shown = page(analyst, attempts_url(current))
    assert "Maria da Silva" in shown
    title = re.search("<title>(.*?)</title>", shown)
    assert title is not None
    assert title[1].split(" · ")[0] == told


def test_retrying_asks_what_failed_alone_and_goes_to_the_new_wait_page(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["capa"].always = status(403)
    current = built()
    fake_sources["capa"].always = None
    shown = page(analyst, attempts_url(current))
    assert RETRY in shown
    action = retry_action(shown)
    assert action is not None
    response = analyst.post(action)
    new = re.fullmatch(r"/requests/([0-9a-f-]{36})/", response["Location"])
    assert new is not None
    assert work(new[1]).state == "complete"
    assert [len(fake.calls) for fake in fake_sources.values()] == [1, 1, 2]
    assert new[1] in page(analyst, "/")  # it is among the session's requests


def test_retrying_where_nothing_failed_says_so_on_the_dossier(analyst: Client, built: Build) -> None:
    current = built()
    assert retry_action(page(analyst, attempts_url(current))) is None
    response = analyst.post(f"/requests/{current.request_id}/retry/", follow=True)
    assert response.redirect_chain == [(f"/dossiers/{current.dossier_id}/", 302)]
    assert "não há o que consultar de novo" in response.content.decode()


def test_retrying_what_does_not_exist_is_a_404(analyst: Client) -> None:
    assert analyst.post(f"/requests/{uuid4()}/retry/").status_code == 404


@pytest.mark.parametrize("known_before", [False, True], ids=["missing", "carried"])
def test_a_dossier_that_lacks_a_source_offers_to_ask_for_it_alone(
    analyst: Client, built: Build, fake_sources: Fakes, known_before: bool
) -> None:
    if known_before:
        built()
    silence(fake_sources["alpha"])
    current = built()
    shown = page(analyst, f"/dossiers/{current.dossier_id}/")
    assert retry_action(shown) == f"/requests/{current.request_id}/retry/"
    assert RETRY in shown
    assert f'href="{attempts_url(current)}"' in shown


def test_a_complete_dossier_offers_no_retry_but_tells_how_the_last_request_went(
    analyst: Client, built: Build
) -> None:
    current = built()
    shown = page(analyst, f"/dossiers/{current.dossier_id}/")
    assert retry_action(shown) is None
    assert f'href="{attempts_url(current)}"' in shown


def test_an_older_version_that_lacks_a_source_offers_no_retry(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    silence(fake_sources["alpha"])
    first = built()
    fake_sources["alpha"].always = None
    built()
    silence(fake_sources["alpha"])
    built()
    assert retry_action(page(analyst, f"/dossiers/{first.dossier_id}/")) is not None
    assert retry_action(page(analyst, f"/dossiers/{first.dossier_id}/versions/1/")) is None


def test_a_dossier_of_which_no_request_has_ended_offers_no_retry_and_no_attempts(
    analyst: Client, fake_sources: Fakes
) -> None:
    analyst.post("/", FORM)
    shown = page(analyst, f"/dossiers/{DossierRequest.objects.get().build.dossier_id}/")
    assert retry_action(shown) is None
    assert "attempts/" not in shown


def test_a_request_that_was_taken_back_can_be_resumed(analyst: Client, fake_sources: Fakes) -> None:
    wait = analyst.post("/", {**FORM, "fresh": ""})["Location"]
    analyst.post(f"{wait}cancel/")
    ended = page(analyst, wait)
    assert "Retomar a consulta" in ended
    assert "Tentar de novo" in ended
    assert retry_action(ended) == f"{wait}retry/"


def test_a_failed_request_leads_to_its_attempts(analyst: Client, built: Build, fake_sources: Fakes) -> None:
    built()
    for fake in fake_sources.values():
        silence(fake)
    failed = built()
    assert f'href="{attempts_url(failed)}"' in page(analyst, f"/requests/{failed.request_id}/")
    assert "Consultar tudo de novo" in page(analyst, attempts_url(failed))


def test_the_first_page_leads_to_each_request_s_attempts(analyst: Client, fake_sources: Fakes) -> None:
    wait = analyst.post("/", FORM)["Location"]
    assert f'href="{wait}attempts/"' in page(analyst, "/")
