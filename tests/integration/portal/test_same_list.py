"""The same list sent twice within minutes is one run, told as such."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from orchestrator import runs
from orchestrator.models import Run
from orchestrator.upkeep import retention
from tests.integration.portal.conftest import Machine, conforms, listing, page, upload
from tests.integration.runs.conftest import Hands, finish

MINUTE = timedelta(minutes=1)
TOLD = "Esta lista já foi enviada há pouco: é esta a consulta."


def test_the_api_names_the_run_that_there_is(runs_api: Client, hands: Hands, crowd: list[str]) -> None:
    first, again = upload(runs_api, crowd), upload(runs_api, crowd)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == {**again.json(), "existing": False}
    assert again.json()["existing"] is True
    assert again["Location"] == first["Location"]
    conforms(again.json(), "ListAccepted")
    assert Run.objects.count() == 1


def test_the_page_goes_to_the_run_that_there_is_and_says_so(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    def sent() -> str:
        form = {"file": listing(*crowd), "purpose": "collection"}
        return str(analyst.post("/runs/", form)["Location"])

    first = sent()
    assert TOLD not in page(analyst, first)
    assert sent() == first
    assert TOLD in page(analyst, first)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    sent()
    assert "This list was sent a short while ago: this is its run." in page(analyst, first)


def test_it_is_that_run_while_it_goes_on_and_for_ten_minutes(
    runs_api: Client, hands: Hands, crowd: list[str]
) -> None:
    first = upload(runs_api, crowd).json()["run_id"]
    Run.objects.update(created_at=Now() - 60 * MINUTE)
    assert upload(runs_api, crowd).json()["run_id"] == first
    finish(hands, first)
    Run.objects.update(created_at=Now() - 9 * MINUTE)
    assert upload(runs_api, crowd).json()["run_id"] == first
    Run.objects.update(created_at=Now() - 11 * MINUTE)
    assert upload(runs_api, crowd).json()["run_id"] != first


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_what_was_broken_off_can_be_sent_again(
    runs_api: Client, hands: Hands, crowd: list[str], state: str
) -> None:
    first = upload(runs_api, crowd).json()["run_id"]
    Run.objects.update(state=state, finished_at=Now())
    assert upload(runs_api, crowd).json()["run_id"] != first


def test_another_list_purpose_option_or_owner_is_another_run(
    runs_api: Client, machine: Machine, hands: Hands, crowd: list[str]
) -> None:
    answers = [
        upload(runs_api, crowd),
        upload(runs_api, crowd[1:]),
        upload(runs_api, [*crowd, "12345"]),
        upload(runs_api, crowd, purpose="collection"),
        upload(runs_api, crowd, allow_invalid_check_digits="true"),
        upload(machine("batch:run"), crowd),
    ]
    assert len({answer.json()["run_id"] for answer in answers}) == len(answers)
    assert not any(answer.json()["existing"] for answer in answers)


def test_the_row_of_a_run_does_not_tell_whose_list_it_was(
    runs_api: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = upload(runs_api, crowd[:1]).json()["run_id"]
    assert len(bytes(Run.objects.get().list_digest or b"")) == 32
    finish(hands, run_id)
    Run.objects.update(finished_at=Now() - timedelta(days=200))
    retention.forget()
    assert Run.objects.get().list_digest is None


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_the_same_moment_it_is_one_run(hands: Hands, crowd: list[str]) -> None:
    given = runs.read_list(BytesIO("\n".join(["cpf", *crowd]).encode()))

    def start() -> int:
        try:
            return runs.start_list(given, purpose="collection", owner="client:a").run_id
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        started = [each.result() for each in [threads.submit(start) for _ in range(8)]]
    assert Run.objects.count() == 1
    assert set(started) == {Run.objects.get().pk}
