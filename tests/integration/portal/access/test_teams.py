"""Whose dossiers a reader sees: their own and their team's, from the ask on, and for so long."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client

from orchestrator.models import DossierRequest, Run
from tests.fakes import people as fakes
from tests.fakes.people import JOAO, MARIA
from tests.integration.portal.access.conftest import THEIRS, Asked, People, leave, move, records
from tests.integration.portal.conftest import (
    DOSSIERS,
    Fakes,
    Machine,
    crowd,
    dossier_url,
    hands,
    listing,
    post,
)
from tests.integration.runs.conftest import Hands, finish

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests


def seen(browser: Client, current: object, *parts: str) -> list[int]:
    url = dossier_url(current)  # type: ignore[arg-type]
    return [browser.get(url + part).status_code for part in parts or ("",)]


PARTS = ("", "versions/1/", "diff/?from=1&to=1")


def test_a_team_s_dossier_is_its_members_and_nobody_else_s(people: People, asked: Asked) -> None:
    current = asked()
    for name in ("analyst", "colleague", "supervisor"):
        assert seen(people[name], current, *PARTS) == [200] * 3
    for name in ("elsewhere", "supervisor_elsewhere"):
        assert seen(people[name], current, *PARTS) == [404] * 3
    for name in ("auditor", "operator", "privacy_officer", "administrator"):
        assert seen(people[name], current, *PARTS) == [403] * 3


def test_another_team_s_request_is_404_on_every_page_of_it(people: People, asked: Asked) -> None:
    url = f"/requests/{asked().request_id}/"
    for browser, status in ((people["colleague"], 200), (people["elsewhere"], 404)):
        assert browser.get(f"{url}attempts/").status_code == status
    assert people["elsewhere"].get(url).status_code == 404
    for act in ("cancel/", "retry/"):
        assert people["elsewhere"].post(url + act).status_code == 404


def test_what_is_not_one_s_own_cannot_be_renewed_or_pinned(people: People, asked: Asked) -> None:
    url = dossier_url(asked())
    before = DossierRequest.objects.count()
    assert people["elsewhere"].post(f"{url}update/", {"purpose": "collection"}).status_code == 404
    assert people["elsewhere"].post(f"{url}versions/1/pin/", {"pinned": "yes"}).status_code == 404
    assert DossierRequest.objects.count() == before
    assert people["colleague"].post(f"{url}versions/1/pin/", {"pinned": "yes"}).status_code == 302


def test_who_asks_for_what_others_have_sees_it_from_then_on(
    people: People, asked: Asked, fake_sources: Fakes
) -> None:
    asked()
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("7.00",))
    current = asked("elsewhere")  # saw version 1 stand, and gets version 2
    assert seen(people["elsewhere"], current, "", "versions/1/", "versions/2/") == [200, 200, 200]
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("8.00",))
    again = asked("analyst")
    DossierRequest.objects.filter(owner__endswith=str(people.users["elsewhere"].pk)).delete()
    assert seen(people["elsewhere"], again) == [404]
    assert again.snapshot_version == 3
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("9.00",))
    latest = asked("elsewhere")
    assert seen(people["elsewhere"], latest, "versions/2/", "versions/3/", "versions/4/") == [404, 200, 200]
    assert seen(people["elsewhere"], latest, "diff/?from=2&to=4") == [404]
    assert "Versão 2" not in people["elsewhere"].get(dossier_url(latest)).content.decode()
    assert seen(people["supervisor_elsewhere"], latest, "versions/1/") == [200]  # whose role it is


def test_an_ask_opens_a_dossier_for_so_many_days(people: People, asked: Asked) -> None:
    current = asked()
    asks = DossierRequest.objects.all()
    asks.update(created_at=F("created_at") - timedelta(days=settings.ACCESS_DAYS) + timedelta(minutes=5))
    assert seen(people["analyst"], current) == [200]
    asks.update(created_at=F("created_at") - timedelta(minutes=6))
    assert seen(people["analyst"], current) == [404]


def test_who_leaves_a_team_leaves_its_dossiers_their_own_asks_too(people: People, asked: Asked) -> None:
    current = asked()
    move(people.users["analyst"], THEIRS)
    assert seen(people["analyst"], current) == [404]
    assert seen(people["elsewhere"], current) == [404]
    assert seen(people["colleague"], current) == [200]


def test_who_is_in_no_team_sees_what_they_ask_for_themselves(people: People, asked: Asked) -> None:
    leave(people.users["analyst"])
    leave(people.users["colleague"])
    current = asked()
    assert seen(people["analyst"], current) == [200]
    assert seen(people["colleague"], current) == [404]


def test_a_closed_account_sees_nothing_at_once(people: People, asked: Asked) -> None:
    current = asked()
    people.users["analyst"].is_active = False
    people.users["analyst"].save()
    assert seen(people["analyst"], current) == [302]  # to the login


def test_a_team_s_list_opens_its_dossiers_and_a_refresh_opens_none(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    form = {"file": listing(*crowd[:2]), "purpose": "collection"}
    run_url = people["supervisor"].post("/runs/", form)["Location"]
    run = Run.objects.get()
    finish(hands, run.pk)
    ids = run.chunks.get().dossier_ids or []
    assert [people["analyst"].get(f"/dossiers/{pk}/").status_code for pk in ids] == [200, 200]
    assert [people["elsewhere"].get(f"/dossiers/{pk}/").status_code for pk in ids] == [404, 404]
    for part in ("", "results/"):
        assert people["supervisor"].get(run_url + part).status_code == 200
        assert people["supervisor_elsewhere"].get(run_url + part).status_code == 404
    assert people["operator"].get(run_url).status_code == 200  # how it gets on
    assert people["operator"].get(f"{run_url}results/").status_code == 403
    Run.objects.update(over_everybody=True)
    assert [people["analyst"].get(f"/dossiers/{pk}/").status_code for pk in ids] == [404, 404]


def test_the_results_of_a_refresh_are_nobody_s_who_does_not_read_all(
    people: People, hands: Hands, crowd: list[str], machine: Machine
) -> None:
    url = people["supervisor"].post("/runs/refresh/")["Location"]
    run_id = Run.objects.get().pk
    finish(hands, run_id)
    assert people["supervisor"].get(f"{url}results/").status_code == 403
    assert "results/" not in people["supervisor"].get(url).content.decode()
    results = f"/api/runs/{run_id}/results/"
    assert machine("batch:run", "dossier:read").get(results).status_code == 403
    assert machine("batch:run", "dossier:read", "dossier:all").get(results).status_code == 200


@pytest.mark.parametrize("act", ["pause", "resume", "cancel"])
def test_somebody_else_s_run_over_everybody_is_seen_and_not_steered(
    people: People, crowd: list[str], machine: Machine, act: str
) -> None:
    url = people["supervisor"].post("/runs/refresh/")["Location"]
    run_id = Run.objects.get().pk
    assert people["supervisor_elsewhere"].get(url).status_code == 200
    for browser in (people["supervisor_elsewhere"], people["operator"]):
        assert browser.post(f"{url}{act}/").status_code == 403
    client = machine("batch:run")
    assert client.get(f"/api/runs/{run_id}/").status_code == 200
    assert post(client, f"/api/runs/{run_id}/{act}/").status_code == 403
    assert Run.objects.get().state == "running"
    assert people["supervisor"].post(f"{url}{act}/").status_code == 302


def test_a_client_reads_what_it_asked_for_and_no_other_s_whatever_etag_it_sends(
    machine: Machine, fake_sources: Fakes
) -> None:
    mine, other = (machine("dossier:request", "dossier:read") for _ in range(2))
    told = post(mine, DOSSIERS, {"cpf": JOAO, "purpose": "collection"}).json()
    status = f"/api/dossier-requests/{told['request_id']}/"
    etag = mine.get(status)["ETag"]
    assert mine.get(status, headers={"If-None-Match": etag}).status_code == 304
    for tag in (etag, "*"):
        assert other.get(status, headers={"If-None-Match": tag}).status_code == 404
    dossier = f"{DOSSIERS}{told['dossier_id']}/"
    assert mine.get(dossier).status_code == 200
    for path in (dossier, f"{dossier}versions/", f"{dossier}versions/1/", f"{dossier}diff/?from=1&to=1"):
        assert other.get(path).status_code == 404
    assert other.get(DOSSIERS, {"cpf": JOAO}).json() == []
    assert post(other, f"{DOSSIERS}search/", {"cpf": JOAO}).status_code == 404
    for act in ("cancel/", "retry/"):
        assert post(other, status + act).status_code == 404
    assert machine("dossier:read", "dossier:all").get(dossier).status_code == 200


def test_to_look_by_guessing_is_recorded(people: People, asked: Asked) -> None:
    current = asked()
    for pk in (current.dossier_id, 987654):
        assert people["elsewhere"].get(f"/dossiers/{pk}/").status_code == 404
    found = records(outcome="not_found", actor=f"user:{people.users['elsewhere'].pk}")
    assert [each["dossier_id"] for each in found] == [current.dossier_id, 987654]
    assert bool(found[0]["person"])
    assert found[1]["person"] is None
