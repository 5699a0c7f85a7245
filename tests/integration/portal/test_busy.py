"""More asks than can be worked off soon: put off with a time to come back, in every way of asking; what
was accepted is told what it waits for."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from orchestrator import conf, dossiers
from orchestrator.models import Build as BuildRow
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.source import status
from tests.faults.load import people
from tests.integration.portal.conftest import ASK, DOSSIERS, FORM, Build, Fakes, Machine, conforms, page, post

Flood = Callable[[str], None]


@pytest.fixture
def flood(fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> Flood:
    """Somebody asks as often as they may: of anyone one may wait, and one more for a second."""
    monkeypatch.setattr(conf, "WAITING_BURST", 1)
    monkeypatch.setattr(conf, "WAITING_ACCEPTED_SECONDS", 1.0)

    def _flood(owner: str) -> None:
        for cpf in (JOAO, ANA):
            dossiers.request(cpf=cpf, purpose="collection", owner=owner)

    return _flood


def owner_of(analyst: Client) -> str:
    return f"user:{analyst.session['_auth_user_id']}"


def flooding(api: Client) -> None:
    for cpf in (JOAO, ANA):
        assert post(api, DOSSIERS, {**ASK, "cpf": cpf}).status_code == 202


def test_the_api_says_429_and_when_to_come_back(api: Client, flood: Flood) -> None:
    flooding(api)
    refused = post(api, DOSSIERS, ASK)
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert "waiting" in refused.json()["detail"]
    conforms(refused.json(), "Problem")
    assert BuildRow.objects.count() == 2


def test_another_client_is_not_put_off(api: Client, machine: Machine, flood: Flood) -> None:
    flooding(api)
    assert post(machine("dossier:request"), DOSSIERS, ASK).status_code == 202


def test_asking_again_for_what_failed_is_put_off_too(
    api: Client, built: Build, flood: Flood, fake_sources: Fakes
) -> None:
    fake_sources["capa"].always = status(403)
    partial = built()
    flooding(api)
    refused = post(api, f"/api/dossier-requests/{partial.request_id}/retry/")
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")


def test_the_form_says_so_and_keeps_what_was_typed(analyst: Client, flood: Flood) -> None:
    flood(owner_of(analyst))
    refused = analyst.post("/", FORM)
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    shown = refused.content.decode()
    assert "Tente de novo em 1 segundo." in shown
    assert 'value="529.982.247-25"' in shown


@pytest.mark.parametrize(
    ("language", "said"), [("pt-br", "Tente de novo em 1 segundo."), ("en", "Try again in 1 second.")]
)
def test_updating_and_asking_again_from_a_page_say_so_on_a_page(
    analyst: Client, built: Build, flood: Flood, fake_sources: Fakes, language: str, said: str
) -> None:
    fake_sources["capa"].always = status(403)
    partial = built()
    flood(owner_of(analyst))
    analyst.post("/setlang/", {"language": language, "next": "/"})
    purpose = {"purpose": "credit_analysis"}
    for path in (f"/dossiers/{partial.dossier_id}/update/", f"/requests/{partial.request_id}/retry/"):
        refused = analyst.post(path, purpose)
        assert (refused.status_code, refused["Retry-After"]) == (429, "1")
        assert said in refused.content.decode()


def test_the_terminal_says_so(built: Build, flood: Flood, fake_sources: Fakes) -> None:
    fake_sources["capa"].always = status(403)
    partial = built()
    flood("terminal")
    for command in (
        ("dossier", MARIA, "--purpose", "collection"),
        ("retry_request", str(partial.request_id)),
    ):
        with pytest.raises(CommandError, match="Try again in 1 s"):
            call_command(*command, stdout=StringIO())


def test_the_wait_page_says_what_a_request_waits_for(analyst: Client, flood: Flood) -> None:
    flood("user:999")
    asked = analyst.post("/", FORM)["Location"]
    assert "Na fila, atrás de 1 consulta; começa em cerca de 1 s." in page(analyst, asked)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    assert "Waiting behind 1 request; starts in about 1 s." in page(analyst, asked)


def test_a_status_says_what_a_request_waits_for_and_when_to_look_again(
    api: Client, fake_sources: Fakes
) -> None:
    for cpf in people(seed=1, number=10):
        dossiers.request(cpf=cpf, purpose="collection", owner="user:9")
    url = post(api, DOSSIERS, ASK).json()["status_url"]
    queued = api.get(url)
    assert queued.json()["state"] == "queued"
    assert {key: queued.json()["waiting"][key] for key in ("ahead", "expected_seconds")} == {
        "ahead": 10,
        "expected_seconds": 6,
    }
    assert queued["Retry-After"] == "3"
    conforms(queued.json(), "RequestStatus")
    BuildRow.objects.update(started_at=Now())
    assert api.get(url).json()["waiting"] is None


class TestPolls:
    """Asking how a request gets on has a bound of its own."""

    @pytest.fixture(autouse=True)
    def _three_a_second(self, settings: Settings) -> None:
        settings.POLLS_PER_SECOND = 3

    def test_who_polls_too_often_is_told_when_to_poll_again(self, api: Client, fake_sources: Fakes) -> None:
        url = post(api, DOSSIERS, ASK).json()["status_url"]
        assert [api.get(url).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert api.get(url)["Retry-After"] == "1"

    def test_polls_are_no_asks_and_another_client_s_are_its_own(
        self, api: Client, machine: Machine, fake_sources: Fakes
    ) -> None:
        url = post(api, DOSSIERS, ASK).json()["status_url"]
        while api.get(url).status_code != 429:
            pass
        assert post(api, DOSSIERS, {**ASK, "cpf": JOAO}).status_code == 202
        assert machine("dossier:read", "dossier:all").get(url).status_code == 200
