"""Ways round the record and the rules that look harmless: each was open once."""

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from ops.service.models import ApiClient
from orchestrator.models import DossierRequest
from portal.access.audit import auditing
from portal.access.models import Following
from portal.access.readers import at_terminal
from portal.throttles import guesses
from tests.fakes import people as fakes
from tests.fakes.people import ANA, JOAO, MARIA
from tests.integration.portal.access.conftest import THEIRS, Asked, People, move, records
from tests.integration.portal.conftest import DOSSIERS, Fakes, Machine, dossier_url, post

NO_SUCH = "00000000-0000-0000-0000-000000000007"


def test_a_search_leaves_a_record_for_each_person(machine: Machine) -> None:
    reader = machine("dossier:read")
    for cpf in (MARIA, JOAO, ANA):
        assert post(reader, f"{DOSSIERS}search/", {"cpf": cpf}).status_code == 404
    assert len({bytes(each["person"]) for each in records(action="find")}) == 3  # type: ignore[call-overload]


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "again"}], ids=["", "keyed"])
@pytest.mark.parametrize("act", ["cancel", "retry"])
def test_to_act_on_another_s_request_is_recorded_whatever_is_undone(
    people: People, asked: Asked, machine: Machine, act: str, key: dict[str, str]
) -> None:
    current = asked()
    client = machine("dossier:request")
    for request in (current.request_id, NO_SUCH):
        before = len(records(outcome="not_found"))
        url = f"/api/dossier-requests/{request}/{act}/"
        response = client.post(url, {}, content_type="application/json", headers=key)
        assert response.status_code == 404
        assert len(records(outcome="not_found")) == before + 1
        assert people["elsewhere"].post(f"/requests/{request}/{act}/").status_code == 404
        assert len(records(outcome="not_found")) == before + 2


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "again"}], ids=["", "keyed"])
def test_to_retry_another_s_run_is_recorded_whatever_is_undone(machine: Machine, key: dict[str, str]) -> None:
    url = "/api/runs/987654/retry/"
    response = machine("batch:run").post(url, {}, content_type="application/json", headers=key)
    assert response.status_code == 404
    assert [each["run_id"] for each in records(outcome="not_found")] == [987654]


@pytest.mark.parametrize("way", ["versions/1/pin/", "follow/", "update/"])
def test_guessing_by_acts_stands_out_as_guessing_by_looks(
    people: People, asked: Asked, settings: Settings, way: str
) -> None:
    settings.ACCESS_MANY_GUESSES = 3
    form = {"pinned": "yes", "following": "yes", "purpose": "collection"}
    for number in range(900_000, 900_003):
        assert people["elsewhere"].post(f"/dossiers/{number}/{way}", form).status_code == 404
    found = [(each.kind, each.number) for each in auditing.anomalies(at_terminal(), 1)]
    assert ("guesses", 3) in found


def test_what_was_asked_for_in_another_team_is_listed_no_more_and_nobody_guessed(
    people: People, fake_sources: Fakes, settings: Settings
) -> None:
    analyst = people["analyst"]
    for cpf in (MARIA, JOAO):
        analyst.post("/", {"cpf": cpf, "purpose": "collection"})
    move(people.users["analyst"], THEIRS)
    for _ in range(4):
        assert analyst.get("/").status_code == 200
    assert "/attempts/" not in analyst.get("/").content.decode()
    assert not records(outcome="not_found")
    assert not guesses.seconds_left(f"user:{people.users['analyst'].pk}")


def test_that_a_supervisor_follows_opens_no_older_versions_to_the_team(
    people: People, asked: Asked, fake_sources: Fakes
) -> None:
    asked("elsewhere")
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("7.00",))
    asked("elsewhere")
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("8.00",))
    current = asked("analyst")  # version 2 stood
    url = dossier_url(current)
    assert people["supervisor"].get(f"{url}versions/1/").status_code == 200
    people["supervisor"].post(f"{url}follow/", {"following": "yes"})
    assert Following.objects.get().from_version == 2
    age = timedelta(days=configured.ACCESS_DAYS + 1)
    DossierRequest.objects.update(created_at=F("created_at") - age)
    assert people["analyst"].get(url).status_code == 200
    assert people["analyst"].get(f"{url}versions/1/").status_code == 404
    assert people["supervisor"].get(f"{url}versions/1/").status_code == 200


def test_that_somebody_is_known_is_told_on_the_record(people: People, asked: Asked) -> None:
    current = asked()
    for _ in range(2):
        people["elsewhere"].post("/outlook/", {"cpf": MARIA})
    (told,) = records(action="find")
    assert (told["outcome"], told["dossier_id"]) == ("shown", current.dossier_id)
    people["elsewhere"].post("/outlook/", {"cpf": ANA})  # of whom nothing is told
    assert len(records(action="find")) == 1


def test_clients_that_are_deleted_by_the_list_s_action_are_recorded(people: People) -> None:
    made = [ApiClient.objects.create(name=f"c{n}", allowed_scopes="dossier:read") for n in range(2)]
    form = {"action": "delete_selected", "_selected_action": [each.pk for each in made], "post": "yes"}
    people["administrator"].post("/admin/service/apiclient/", form)
    assert not ApiClient.objects.exists()
    told = {str(each["detail"]) for each in records(action="account_change")}
    assert told == {f"client:{each.client_id} deleted" for each in made}


def test_a_team_that_is_made_or_renamed_is_recorded(people: People) -> None:
    admin = people["administrator"]
    admin.post("/admin/access/team/add/", {"name": "Nova"})
    team = people.users["analyst"].memberships.get().team
    admin.post(f"/admin/access/team/{team.pk}/change/", {"name": "Outra"})
    told = [str(each["detail"]).split(" ", 1)[1] for each in records(action="role_change")]
    assert told == ["made: Nova", "renamed: Outra"]


def test_an_administrator_who_logs_in_on_the_way_arrives(people: People) -> None:
    stranger = Client()
    login = stranger.get("/admin/", follow=True)
    assert login.status_code == 200
    came = people["administrator"].get("/admin/login/", {"next": "/admin/auth/user/"})
    assert (came.status_code, came["Location"]) == (302, "/admin/")
    assert people["analyst"].get("/admin/login/").status_code == 403


def test_a_client_that_is_given_less_loses_its_tokens(people: People, machine: Machine) -> None:
    reader = machine("dossier:read", "dossier:all")
    assert reader.get("/api/sources/").status_code == 200
    client = ApiClient.objects.get()
    form = {"name": client.name, "scopes": ["dossier:request"]}
    people["administrator"].post(f"/admin/service/apiclient/{client.pk}/change/", form)
    assert reader.get("/api/sources/").status_code == 401
