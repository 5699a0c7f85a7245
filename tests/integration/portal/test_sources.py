"""How the sources do: over the API, and on the page that keeps itself up to date."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from orchestrator.clients import gates
from orchestrator.records.requests import RequestStatus
from tests.fakes.source import FakeSource, status
from tests.integration.portal.conftest import conforms, page, trip
from tests.problems import fields

Fakes = dict[str, FakeSource]
Build = Callable[..., RequestStatus]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def api(machine: Callable[..., Client]) -> Client:
    """A client that may read."""
    return machine("dossier:read", "dossier:all")


def card(shown: str, source: str) -> str:
    """A source's part of the page."""
    found = re.search(rf'aria-labelledby="source-{source}".*?</section>', shown)
    assert found is not None
    return found[0]


def test_the_api_tells_calls_errors_and_latencies_by_source(
    api: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["alpha"].script = [status(503)]
    built()
    body = api.get("/api/sources/").json()
    conforms(body, "SourceHealth", many=True)
    assert [each["source"] for each in body] == ["alpha", "beta", "capa"]
    alpha = body[0]
    assert (alpha["hours"], alpha["calls"], alpha["answered"]) == (6, 2, 1)
    assert alpha["errors"] == {"server_error": 1}
    assert 0 < alpha["latency"]["p50_ms"] <= alpha["latency"]["p99_ms"] < 5000
    assert alpha["last_answer_at"] > alpha["last_error_at"]
    assert (alpha["circuit"], alpha["paused_seconds"], alpha["degraded"]) == ("closed", None, False)
    assert sum(part["answered"] + part["failed"] for part in alpha["timeline"]) == 2


def test_a_source_that_nobody_called_has_no_latencies(api: Client, fake_sources: Fakes) -> None:
    body = api.get("/api/sources/", {"hours": 48}).json()
    conforms(body, "SourceHealth", many=True)
    assert body[0]["latency"] == {"p50_ms": None, "p95_ms": None, "p99_ms": None}
    assert (body[0]["hours"], body[0]["calls"], body[0]["last_answer_at"]) == (48, 0, None)


@pytest.mark.parametrize("hours", ["0", "49", "-1", "x", "1.5"])
def test_hours_that_cannot_be_are_refused_by_name(api: Client, hours: str) -> None:
    response = api.get("/api/sources/", {"hours": hours})
    assert (response.status_code, set(fields(response))) == (400, {"hours"})
    conforms(response.json(), "Problem")


def test_the_api_tells_a_suspended_and_a_paused_source(
    api: Client, built: Build, fake_sources: Fakes
) -> None:
    trip(fake_sources["capa"], built)
    gates.pause("beta", 30)
    body = api.get("/api/sources/").json()
    conforms(body, "SourceHealth", many=True)
    _, beta, capa = body
    assert (capa["circuit"], capa["degraded"]) == ("open", True)
    assert beta["degraded"]
    assert 0 < beta["paused_seconds"] <= 30


def test_the_page_has_a_card_for_each_source(analyst: Client, built: Build, fake_sources: Fakes) -> None:
    fake_sources["alpha"].script = [status(503)]
    built()
    shown = page(analyst, "/sources/")
    alpha = card(shown, "alpha")
    for part in (
        "Alpha (dívidas)",
        "funcionando",
        "50 %",
        "p95",
        "erro interno da fonte",
        "há menos de um minuto",
    ):
        assert part in alpha
    assert "Consultas ao longo do tempo: 1 respondidas e 1 com falha. As falhas foram entre" in alpha
    assert alpha.count('class="answered"') == alpha.count('class="failed"') == 1
    assert "100 %" in card(shown, "beta")


def test_a_suspended_source_says_so_and_what_that_means(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    trip(fake_sources["capa"], built)
    capa = card(page(analyst, "/sources/"), "capa")
    assert "suspensa" in capa
    assert "por alguns segundos não é consultada e vale o último dado" in capa


def test_a_paused_source_says_for_how_long(analyst: Client, fake_sources: Fakes) -> None:
    gates.pause("beta", 30)
    beta = card(page(analyst, "/sources/"), "beta")
    assert "pausada a pedido da fonte" in beta
    assert re.search(r"por mais \d+ s", beta)


def test_a_source_without_calls_says_that_there_is_no_data(analyst: Client, fake_sources: Fakes) -> None:
    assert "sem dados" in card(page(analyst, "/sources/"), "alpha")


def test_the_page_speaks_english(analyst: Client, built: Build, fake_sources: Fakes) -> None:
    trip(fake_sources["capa"], built)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    shown = page(analyst, "/sources/?hours=1")
    for part in (
        "State of the sources",
        "last hour",
        "suspended",
        "internal error of the source",
        "answered",
    ):
        assert part in shown
    assert "suspensa" not in shown


@pytest.mark.parametrize(("query", "hours"), [("", 6), ("?hours=48", 48), ("?hours=5", 6), ("?hours=x", 6)])
def test_the_hours_are_chosen_by_links(analyst: Client, fake_sources: Fakes, query: str, hours: int) -> None:
    shown = page(analyst, f"/sources/{query}")
    assert f'<a href="?hours={hours}" aria-current="true">' in shown
    assert f'hx-get="/sources/?hours={hours}"' in shown


def test_a_poll_brings_the_cards_alone_and_only_once_something_moved(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    first = analyst.get("/sources/", headers=HTMX)
    assert "<html" not in first.content.decode()
    unmoved = analyst.get("/sources/", headers={**HTMX, "If-None-Match": first["ETag"]})
    assert (unmoved.status_code, unmoved.content) == (304, b"")
    built()
    assert analyst.get("/sources/", headers={**HTMX, "If-None-Match": first["ETag"]}).status_code == 200


def test_the_page_works_without_script_and_runs_none_of_its_own(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    built()
    body = analyst.get("/sources/").content.decode()
    assert '<noscript><meta http-equiv="refresh"' in body
    assert re.search(r"<style|style=|<script(?![^>]*src=\"/static/)|\son\w+=", body) is None


def test_every_page_leads_to_it_once_logged_in(client: Client, analyst: Client, built: Build) -> None:
    current = built()
    for path in ("/", f"/dossiers/{current.dossier_id}/", f"/requests/{current.request_id}/attempts/"):
        assert 'href="/sources/"' in page(analyst, path)
    client.logout()
    assert "/sources/" not in client.get("/login/").content.decode()
