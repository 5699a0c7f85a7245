"""Who was built in a run, by name, and what its file was called: for whose list it is, and on record."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.test import Client

from orchestrator import dossiers, persons, runs
from orchestrator.models import Run
from orchestrator.upkeep import retention
from portal.access.audit import auditing
from portal.access.readers import at_terminal
from portal.presenting.runs import run_people
from tests.fakes.people import MARIA
from tests.fakes.source import status
from tests.integration.portal.access.conftest import People, records
from tests.integration.portal.conftest import (
    LISTS,
    RUNS,
    Fakes,
    Machine,
    conforms,
    crowd,
    hands,
    page,
    person,
)
from tests.integration.runs.conftest import Hands, finish

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests

NAME = "Maria da Silva - carteira.csv"


def a_file(*rows: str, name: str = NAME) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join(["cpf", *rows]).encode())


def sent(browser: Client, hands: Hands, *rows: str, name: str = NAME) -> str:
    """A list of these rows, worked off; the address of its run."""
    form = {"file": a_file(*rows, name=name), "purpose": "collection"}
    url = str(browser.post("/runs/", form)["Location"])
    finish(hands, int(url.split("/")[2]))
    return url


def test_a_file_s_name_is_kept_sealed_and_told_to_whose_list_it_is(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    url = sent(people["supervisor"], hands, *crowd[:2])
    kept = bytes(Run.objects.get().file_sealed or b"")
    assert kept
    assert b"Maria" not in kept
    for where in (url, "/runs/"):
        assert f"<bdi>{NAME}</bdi>" in page(people["supervisor"], where)
        assert "Maria" not in page(people["operator"], where)
    assert people["supervisor_elsewhere"].get(url).status_code == 404
    assert NAME not in page(people["supervisor_elsewhere"], "/runs/")


def test_a_name_is_written_as_it_is_and_as_nothing_else(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    shown = page(people["supervisor"], sent(people["supervisor"], hands, crowd[0], name="<b>\u202egnp.csv"))
    assert "<bdi>&lt;b&gt;" in shown


def test_the_api_tells_a_run_s_file_in_its_status_alone(
    machine: Machine, hands: Hands, crowd: list[str]
) -> None:
    mine, progress = machine("batch:run"), machine("batch:run")
    run_id = mine.post(LISTS, {"file": a_file(*crowd[:2]), "purpose": "collection"}).json()["run_id"]
    told = mine.get(f"{RUNS}{run_id}/").json()
    assert told["file_name"] == NAME
    conforms(told, "RunStatus")
    assert "file_name" not in mine.get(RUNS).json()[0]
    assert progress.get(f"{RUNS}{run_id}/").status_code == 404
    nightly = runs.refresh(owner="clock")
    assert mine.get(f"{RUNS}{nightly}/").json()["file_name"] is None
    finish(hands, run_id)
    finish(hands, nightly)


def test_a_name_goes_with_the_run_s_details(people: People, hands: Hands, crowd: list[str]) -> None:
    url = sent(people["supervisor"], hands, crowd[0])
    Run.objects.update(finished_at=F("finished_at") - timedelta(days=200))
    retention.forget()
    assert Run.objects.get().file_sealed is None
    assert NAME not in page(people["supervisor"], url)


def test_who_is_erased_takes_the_names_of_lists_along_that_may_be_of_them(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    sent(people["supervisor"], hands, crowd[0], name="a.csv")
    sent(people["supervisor"], hands, crowd[1], name=f"de {crowd[0][:3]}.{crowd[0][3:6]}.{crowd[0][6:]}.csv")
    sent(people["supervisor"], hands, crowd[2], name="c.csv")
    told = persons.erase(crowd[0], reason="asked for by letter", owner="user:9")
    assert told.removed["file_names"] == 2
    assert list(runs.file_names(Run.objects.values_list("pk", flat=True)).values()) == ["c.csv"]


def test_people_are_told_by_name_with_what_became_of_them(
    people: People, hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    url = sent(people["supervisor"], hands, *crowd[:3], "123")
    assert f'href="{url}people/"' in page(people["supervisor"], url)
    shown = page(people["supervisor"], f"{url}people/")
    names = [str(dossiers.find(cpf).person["name"]) for cpf in crowd[:3]]  # type: ignore[union-attr]
    assert [name for name in names if name not in shown] == []
    assert len(re.findall(r"•••\.\d{3}\.\d{3}-••", shown)) == 3
    assert [cpf for cpf in crowd if cpf in re.sub(r"[.-]", "", shown)] == []
    assert re.findall(r'class="number">(\d+)</td>', shown) == ["2", "3", "4"]


def test_each_page_of_people_is_on_record_with_everybody_on_it(
    people: People, hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_people, "A_PAGE", 2)
    url = sent(people["supervisor"], hands, *crowd[:3])
    for number in (1, 2):
        page(people["supervisor"], f"{url}people/?page={number}")
    told = records(action="headline")
    assert [each["amount"] for each in told] == [2, 1]
    seen = [bytes(each) for one in told for each in one["people"]]  # type: ignore[attr-defined]
    assert sorted(seen) == sorted(dossiers.keyed_hash(cpf) for cpf in crowd[:3])
    assert {(each["basis"], each["purpose"]) for each in told} == {("own", "collection")}


def test_the_same_page_of_people_is_on_record_each_time(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    url = sent(people["supervisor"], hands, crowd[0])
    for _ in range(2):
        page(people["supervisor"], f"{url}people/")
    assert len(records(action="headline")) == 2


def test_people_can_be_narrowed_to_an_outcome_and_paged(
    people: People, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_people, "A_PAGE", 2)
    sent(people["supervisor"], hands, *crowd[:4])
    fake_sources["alpha"].people[crowd[1]]["debts"][0]["value"] = "7.77"
    url = sent(people["supervisor"], hands, *crowd)
    assert runs.status(int(url.split("/")[2])).totals.changed == 1

    def lines(query: str) -> list[str]:
        return re.findall(r'class="number">(\d+)</td>', page(people["supervisor"], f"{url}people/{query}"))

    assert lines("?outcome=changed") == ["3"]
    assert lines("?outcome=new") == ["6", "7"]
    assert lines("?outcome=new&page=2") == ["8"]
    assert [*lines(""), *lines("?page=2"), *lines("?page=3"), *lines("?page=4")] == list("2345678")
    assert lines("?page=5") == []
    assert people["supervisor"].get(f"{url}people/?outcome=x").status_code == 404


def test_people_are_nobody_s_but_those_whose_list_it_is(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    url = sent(people["supervisor"], hands, crowd[0])
    second = Client()
    second.force_login(person("supervisor", name="second", team="Crédito"))
    assert second.get(f"{url}people/").status_code == 200
    (stands_out,) = [each for each in auditing.anomalies(at_terminal(), 1) if each.kind == "without_ask"]
    assert stands_out.number == 1  # whom the colleague's list names
    assert people["supervisor_elsewhere"].get(f"{url}people/").status_code == 404
    night = runs.refresh(owner="clock")
    finish(hands, night)
    assert people["supervisor"].get(f"/runs/{night}/people/").status_code == 403
    assert f"/runs/{night}/people/" not in page(people["supervisor"], f"/runs/{night}/")
    (refused,) = records(action="headline", outcome="refused")
    assert refused["run_id"] == night


def test_past_the_days_of_the_ask_people_are_told_no_more(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    url = sent(people["supervisor"], hands, crowd[0])
    Run.objects.update(created_at=F("created_at") - timedelta(days=settings.ACCESS_DAYS + 1))
    assert people["supervisor"].get(f"{url}people/").status_code == 403


def test_who_failed_and_who_was_erased_are_told_with_the_reason(
    people: People, hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    for fake in fake_sources.values():
        fake.always = status(403)
    url = sent(people["supervisor"], hands, MARIA)
    shown = page(people["supervisor"], f"{url}people/?outcome=failed")
    assert "Alpha (dívidas): a fonte recusou o pedido" in shown
    persons.erase(MARIA, reason="asked for by letter", owner="user:9")
    shown = page(people["supervisor"], f"{url}people/")
    assert "os dados desta pessoa foram apagados" in shown
    assert "982" not in re.findall(r"<table.*</table>", shown)[0]
