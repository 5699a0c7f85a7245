"""A dossier as it was at a date, for who may see the version of then; and who looked at it about that time,
for auditors."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime, now

from orchestrator.models import Dossier, Snapshot
from tests.fakes import people as fakes
from tests.fakes.people import MARIA
from tests.fakes.source import status
from tests.integration.portal.access.conftest import Asked, People, records
from tests.integration.portal.conftest import DOSSIERS, Fakes, Machine, conforms, page
from tests.problems import fields

DAYS_AGO = (30, 20, 10)  # when each of three versions was saved


@pytest.fixture
def dossier(people: People, asked: Asked, fake_sources: Fakes) -> int:
    """Maria's: three versions, ten days from each to the next; the last one is checked again today, when
    Alpha fails."""
    for debt in ("1.00", "2.00", "3.00"):
        fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=(debt,))
        asked()
    for number, days in enumerate(DAYS_AGO, start=1):
        Snapshot.objects.filter(number=number).update(created_at=at(days))
    fake_sources["alpha"].always = status(403)
    return asked().dossier_id


def at(days_ago: int) -> datetime:
    return now() - timedelta(days=days_ago)


def as_of(browser: Client, dossier_id: int, moment: str) -> tuple[int, str]:
    """The status, and what is shown."""
    response = browser.get(f"/dossiers/{dossier_id}/", {"as_of": moment})
    return response.status_code, " ".join(response.content.decode().split())


@pytest.mark.parametrize(("days_ago", "number"), [(25, 1), (15, 2), (5, 3), (0, 3)])
def test_the_version_that_stood_is_shown_by_day_and_by_instant(
    people: People, dossier: int, days_ago: int, number: int
) -> None:
    for moment in (f"{localtime(at(days_ago)):%Y-%m-%d}", at(days_ago).isoformat()):
        code, shown = as_of(people["supervisor"], dossier, moment)
        assert code == 200
        assert f"valia a versão {number}, com o que ela dizia de si" in shown
        assert f"R$ {number},00" in shown
    looked = records(action="look", version=number)
    assert any(str(each["detail"]).startswith("as of 20") for each in looked)


def test_it_says_of_itself_what_it_said_then(people: People, machine: Machine, dossier: int) -> None:
    client = machine("dossier:read", "dossier:all")
    url = f"{DOSSIERS}{dossier}/"
    then, today = client.get(url, {"as_of": at(5).isoformat()}).json(), client.get(url).json()
    conforms(then, "Dossier")
    assert (then["version"], today["version"]) == (3, 3)
    assert (then["completeness"], today["completeness"]) == ("complete", "partial")
    assert then["checked_at"] == then["created_at"] < today["checked_at"]
    assert (then["blocks"]["alpha"]["origin"], today["blocks"]["alpha"]["origin"]) == ("live", "carried")
    assert client.get(url, {"as_of": now().isoformat()}).json() == today


def test_before_the_first_version_nothing_stood(people: People, machine: Machine, dossier: int) -> None:
    assert as_of(people["supervisor"], dossier, at(31).isoformat())[0] == 404
    client = machine("dossier:read", "dossier:all")
    assert client.get(f"{DOSSIERS}{dossier}/", {"as_of": at(31).isoformat()}).status_code == 404


def test_a_version_that_is_kept_no_more_is_not_taken_for_the_one_before_it(
    people: People, dossier: int
) -> None:
    Snapshot.objects.get(number=2).delete()
    for days in (25, 15):  # when it was saved is known no more
        assert as_of(people["supervisor"], dossier, at(days).isoformat())[0] == 404
    assert as_of(people["supervisor"], dossier, at(5).isoformat())[0] == 200


def test_who_may_not_see_the_version_of_then_is_told_that_there_is_none(
    people: People, asked: Asked, dossier: int
) -> None:
    asked("elsewhere")  # when the third version stood
    assert as_of(people["elsewhere"], dossier, at(5).isoformat())[0] == 200
    assert as_of(people["elsewhere"], dossier, at(15).isoformat())[0] == 404
    assert [each["version"] for each in records(action="look", outcome="not_found")] == [2]
    assert as_of(people["supervisor_elsewhere"], dossier, at(15).isoformat())[0] == 200  # sees older ones
    assert as_of(people["auditor"], dossier, at(5).isoformat())[0] == 403


def test_a_machine_is_told_of_its_own_alone(machine: Machine, dossier: int) -> None:
    other = machine("dossier:read", "dossier:request")
    assert other.get(f"{DOSSIERS}{dossier}/", {"as_of": at(5).isoformat()}).status_code == 404


def test_of_who_is_erased_nothing_is_told_of_any_time(people: People, dossier: int) -> None:
    erase = {"cpf": MARIA, "act": "erase", "note": "pedido", "sure": "on"}
    assert people["privacy_officer"].post("/persons/act/", erase).status_code == 200
    for days in (25, 5, 0):
        code, shown = as_of(people["supervisor"], dossier, at(days).isoformat())
        assert code in (404, 410)
        assert "Maria" not in shown
    assert bytes(Dossier.objects.get().data_key) == b""


@pytest.mark.parametrize(
    ("moment", "why"), [("ontem", "Use uma data"), ("", "obrigatório"), ("9999-01-01", "Ainda não chegou")]
)
def test_a_bad_date_is_named_and_nothing_is_shown(
    people: People, machine: Machine, dossier: int, moment: str, why: str
) -> None:
    code, shown = as_of(people["supervisor"], dossier, moment)
    assert code == 400
    assert why in shown
    assert 'id="id_as_of_error"' in shown
    assert "Maria" not in shown
    refused = machine("dossier:read", "dossier:all").get(f"{DOSSIERS}{dossier}/", {"as_of": moment})
    assert refused.status_code == 400
    assert fields(refused) == ["as_of"]


def test_auditors_are_told_who_looked_about_then(people: People, dossier: int) -> None:
    page(people["supervisor"], f"/dossiers/{dossier}/versions/2/")
    moment = localtime(now())
    for minutes, found in ((-59, True), (59, True), (-61, False), (61, False)):
        about = f"{moment + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}"
        shown = people["auditor"].post("/record/", {"dossier": dossier, "around": about}).content.decode()
        assert ("versão 2" in shown) is found, minutes
    assert people["auditor"].post("/record/", {"around": "ontem"}).content.decode().count("id_around_error")
    as_of(people["supervisor"], dossier, at(15).isoformat())
    shown = people["auditor"].post("/record/", {"dossier": dossier}).content.decode()
    assert "como estava em" in shown
