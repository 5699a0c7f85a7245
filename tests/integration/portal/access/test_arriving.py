"""What has come for a request while the rest is waited for: shown at once, to whose it is, and on record."""

import re
from uuid import UUID

import pytest
from django.test import Client

from orchestrator import dossiers
from orchestrator.errors import NotFound
from orchestrator.models import DossierRequest
from orchestrator.requests import building
from portal.access import dossiers as doors
from portal.access.readers import Reader
from portal.access.roles import May
from tests.fakes import people as fakes
from tests.fakes.people import MARIA
from tests.fakes.source import status
from tests.integration.portal.access.conftest import People, records
from tests.integration.portal.conftest import FORM, HTMX, Fakes, page, work


def ask(browser: Client) -> str:
    """Where an ask for Maria is waited for; no worker has begun."""
    return str(browser.post("/", FORM)["Location"])


def fetch(*sources: str) -> DossierRequest:
    """These sources answer, or fail, once, for the only request."""
    asked = DossierRequest.objects.get()
    for source in sources:
        building.fetch(asked.build.fetches.get(source=source).pk)
    return asked


def test_a_block_is_shown_as_it_comes_and_marked_as_not_saved(people: People, fake_sources: Fakes) -> None:
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("7.00", "8.50"))
    url = ask(people["analyst"])
    assert "O que já chegou" not in page(people["analyst"], url)
    fetch("alpha")
    shown = page(people["analyst"], url)
    assert "Ainda não salvo: a versão do dossiê é feita quando" in shown
    assert re.search(r'<td data-label="[^"]*" class="money">R\$ 8,50</td>', shown)
    assert "Maria da Silva" in shown
    assert 'id="arrived-patrimonies"' not in shown  # which has not come, and is not said to be empty
    fetch("beta")
    assert 'id="arrived-patrimonies"' in page(people["analyst"], url)


def test_a_poll_brings_what_has_come_once_and_then_nothing(people: People, fake_sources: Fakes) -> None:
    url = ask(people["analyst"])
    before = people["analyst"].get(url, headers=HTMX)["ETag"]
    fetch("alpha")
    came = people["analyst"].get(url, headers={**HTMX, "If-None-Match": before})
    assert "R$" in came.content.decode()
    same = people["analyst"].get(url, headers={**HTMX, "If-None-Match": came["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert len(records(action="look")) == 1


def test_who_a_source_does_not_know_is_told_apart_from_a_source_that_failed(
    people: People, fake_sources: Fakes
) -> None:
    del fake_sources["beta"].people[MARIA]
    fake_sources["capa"].always = status(403)
    url = ask(people["analyst"])
    fetch("beta", "capa")
    shown = page(people["analyst"], url)
    assert "Beta (bens e rendas) respondeu que não conhece esta pessoa." in shown
    assert "arrived-capa" not in shown
    assert "arrived-financial_transactions" not in shown


def test_each_block_that_is_shown_is_on_record_with_its_reader(people: People, fake_sources: Fakes) -> None:
    url = ask(people["analyst"])
    asked = fetch("alpha")
    for _ in range(2):
        page(people["analyst"], url)
    fetch("beta")
    page(people["colleague"], url)
    mine, theirs = records(action="look")
    assert (mine["version"], mine["basis"], mine["purpose"]) == (None, "own", "credit_analysis")
    assert mine["detail"] == f"request {asked.pk}, arrived: alpha"
    assert mine["amount"] == len(dossiers.arrived(asked.pk).blocks["alpha"].sections["debts"])
    assert (theirs["basis"], theirs["detail"]) == ("team", f"request {asked.pk}, arrived: alpha, beta")
    assert bytes(mine["person"]) == dossiers.keyed_hash(MARIA)  # type: ignore[call-overload]


def test_another_team_sees_nothing_of_it(people: People, fake_sources: Fakes) -> None:
    url = ask(people["analyst"])
    asked = fetch("alpha")
    assert people["elsewhere"].get(url).status_code == 404
    stranger = Reader(owner="user:0", allowed=frozenset({May.ASK, May.READ}))
    with pytest.raises(NotFound):
        doors.arrived(stranger, asked.pk)
    assert records(action="look", outcome="shown") == []


def test_whom_it_is_about_is_masked_above_and_on_record(people: People, fake_sources: Fakes) -> None:
    shown = page(people["analyst"], ask(people["analyst"]))
    assert "•••.982.247-••" in shown
    assert "529.982.247-25" not in shown
    assert MARIA not in shown
    (told,) = records(action="headline")
    assert told["dossier_id"] == DossierRequest.objects.get().build.dossier_id


def test_what_had_come_is_let_go_of_with_a_cancelled_request(people: People, fake_sources: Fakes) -> None:
    url = ask(people["analyst"])
    asked = fetch("alpha")
    ended = people["analyst"].post(f"{url}cancel/", follow=True).content.decode()
    assert "O que já tinha chegado não foi salvo." in ended
    assert "O que já chegou" not in ended
    assert dossiers.arrived(asked.pk).blocks == {}


def test_one_who_has_taken_an_ask_back_is_shown_no_more_of_what_goes_on_for_others(
    people: People, fake_sources: Fakes
) -> None:
    url = ask(people["analyst"])
    ask(people["elsewhere"])
    first = DossierRequest.objects.order_by("created_at")[0]
    people["analyst"].post(f"{url}cancel/")
    building.fetch(first.build.fetches.get(source="alpha").pk)
    assert dossiers.arrived(first.pk).blocks == {}
    assert "O que já chegou" not in page(people["analyst"], url)


def test_once_all_have_come_there_is_a_version_and_nothing_else(people: People, fake_sources: Fakes) -> None:
    ask(people["analyst"])
    asked = fetch("alpha")
    assert work(asked.pk).state == "complete"
    assert dossiers.arrived(asked.pk).blocks == {}
    with pytest.raises(NotFound):
        dossiers.arrived(UUID(int=7))
