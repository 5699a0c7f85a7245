"""What is told before an ask is made: which source may fail, and what it would bring for a CPF."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from orchestrator.clients import gates
from orchestrator.records.requests import RequestStatus
from tests.fakes.people import JOAO, MARIA
from tests.fakes.source import FakeSource
from tests.integration.portal.conftest import page, trip

Fakes = dict[str, FakeSource]
Build = Callable[..., RequestStatus]
HTMX = {"HX-Request": "true"}


def told(browser: Client, cpf: str, **more: str) -> list[str]:
    """What the panel says of each source."""
    response = browser.post("/outlook/", {"cpf": cpf, **more}, headers=HTMX)
    assert response.status_code == 200
    text = re.sub("<[^>]+>", "", response.content.decode())
    return [line.strip() for line in text.splitlines() if line.strip()][1:]


def test_nothing_is_warned_of_while_every_source_does_well(analyst: Client, built: Build) -> None:
    built()
    assert "Antes de consultar" not in page(analyst, "/")


def test_a_suspended_source_is_told_before_the_ask_with_the_reason(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    trip(fake_sources["capa"], built)
    home = page(analyst, "/")
    assert "Antes de consultar" in home
    assert re.search(r"<strong>Capa \(transações\)</strong>.*?suspensa", home)
    assert "Alpha (dívidas)" not in home
    assert "último dado conhecido da fonte" in home


def test_a_paused_source_is_told_before_the_ask_in_english_too(analyst: Client, fake_sources: Fakes) -> None:
    gates.pause("beta", 30)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    home = page(analyst, "/")
    assert "Before you ask" in home
    assert "paused at the source&#x27;s request" in home


@pytest.mark.parametrize(
    "cpf", ["", "5", "529.982.247", "529.982.247-2x", "5299822472512", "529.982.247-26", "111.111.111-11"]
)
def test_of_what_would_be_refused_there_is_nothing_to_see(
    analyst: Client, fake_sources: Fakes, cpf: str
) -> None:
    response = analyst.post("/outlook/", {"cpf": cpf}, headers=HTMX)
    assert (response.status_code, response.content.strip()) == (200, b"")


def test_of_a_new_person_every_source_will_be_asked(analyst: Client, fake_sources: Fakes) -> None:
    assert told(analyst, JOAO) == [
        "Alpha (dívidas) será consultada agora",
        "Beta (bens e rendas) será consultada agora",
        "Capa (transações) será consultada agora",
    ]


@pytest.mark.parametrize("typed", [MARIA, "529.982.247-25", " 529 982 247 25 "])
def test_kept_copies_are_told_with_their_age(analyst: Client, built: Build, typed: str) -> None:
    built()
    assert told(analyst, typed)[0] == "Alpha (dívidas) cópia recente, de há menos de um minuto"


def test_a_fresh_ask_will_take_no_copies(analyst: Client, built: Build) -> None:
    built()
    assert re.fullmatch(
        r"Alpha \(dívidas\) será consultada agora; o último dado é de [\d/]{10} \(há menos de um minuto\)",
        told(analyst, MARIA, fresh="on")[0],
    )


def test_wrong_check_digits_that_are_meant_are_told_of_as_others(
    analyst: Client, fake_sources: Fakes
) -> None:
    assert told(analyst, "529.982.247-26", allow_invalid_check_digits="on")[0].endswith("consultada agora")


def test_of_a_suspended_source_the_last_data_would_stand_or_there_is_none(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    built()
    trip(fake_sources["capa"], built)
    _, _, capa = told(analyst, MARIA, fresh="on")
    assert re.search(
        r"suspensa agora; valeria o último dado, de \d\d/\d\d/\d{4} \(há menos de um minuto\)", capa
    )
    assert told(analyst, JOAO)[2] == "Capa (transações) suspensa agora; sem dado anterior"


def test_the_cpf_is_taken_from_the_body_alone(analyst: Client, fake_sources: Fakes) -> None:
    assert analyst.get("/outlook/", {"cpf": MARIA}).status_code == 405
    assert analyst.post(f"/outlook/?cpf={MARIA}", headers=HTMX).content.strip() == b""


def test_the_panel_is_stored_by_nobody_and_wants_a_login(client: Client, analyst: Client) -> None:
    response = analyst.post("/outlook/", {"cpf": MARIA}, headers=HTMX)
    assert set(response["Cache-Control"].split(", ")) == {"no-store", "private"}
    client.logout()
    assert client.post("/outlook/", {"cpf": MARIA}, headers=HTMX).status_code == 401


def test_the_panel_wants_a_form_of_ours(analyst: Client) -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = analyst.cookies
    assert stranger.post("/outlook/", {"cpf": MARIA}, headers=HTMX).status_code == 403
