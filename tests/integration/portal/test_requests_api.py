"""Requests over the API: asking, following by polls, taking back, asking again for what failed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.models import DossierRequest
from tests.fakes.source import status
from tests.integration.portal.conftest import ASK, DOSSIERS, Fakes, Machine, conforms, post, work
from tests.problems import fields


def test_an_ask_is_accepted_with_a_receipt_that_says_where_to_look(api: Client, fake_sources: Fakes) -> None:
    response = post(api, DOSSIERS, ASK)
    receipt = response.json()
    assert response.status_code == 202
    assert set(receipt) == {"request_id", "dossier_id", "status_url"}
    assert response["Location"] == receipt["status_url"]
    assert api.get(receipt["status_url"]).json()["request_id"] == receipt["request_id"]
    conforms(receipt, "Accepted")


def test_an_ask_is_kept_with_its_client_as_owner(api: Client, fake_sources: Fakes) -> None:
    post(api, DOSSIERS, {**ASK, "fresh": True})
    ask = DossierRequest.objects.get()
    assert ask.owner.startswith("client:")
    assert ask.fresh


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cpf": ""}, "cpf"),
        ({"cpf": None}, "cpf"),
        ({"cpf": "123"}, "cpf"),
        ({"cpf": "11111111111"}, "cpf"),
        ({"cpf": "52998224726"}, "cpf"),
        ({"cpf": ["52998224725"]}, "cpf"),
        ({"purpose": "curiosity"}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"fresh": "perhaps"}, "fresh"),
    ],
)
def test_a_wrong_input_is_named(
    api: Client, fake_sources: Fakes, wrong: dict[str, object], field: str
) -> None:
    response = post(api, DOSSIERS, {**ASK, **wrong})
    assert response.status_code == 400
    assert set(fields(response)) == {field}
    conforms(response.json(), "Problem")


def test_wrong_check_digits_are_told_and_can_be_asked_for_all_the_same(
    api: Client, fake_sources: Fakes
) -> None:
    wrong = {**ASK, "cpf": "52998224726"}
    (told,) = post(api, DOSSIERS, wrong).json()["errors"]
    assert (told["field"], told["code"]) == ("cpf", "check_digits")
    assert "check digits" in told["message"]
    assert post(api, DOSSIERS, {**wrong, "allow_invalid_check_digits": True}).status_code == 202


def test_the_status_tells_every_source_while_it_runs_and_when_it_ended(
    api: Client, fake_sources: Fakes
) -> None:
    url = post(api, DOSSIERS, ASK)["Location"]
    running = api.get(url)
    assert running.json()["state"] == "queued"
    assert list(running.json()["sources"]) == ["alpha", "beta", "capa"]
    assert running["Retry-After"] == "1"
    conforms(running.json(), "RequestStatus")
    work(running.json()["request_id"])
    ended = api.get(url)
    assert (ended.json()["state"], ended.json()["outcome"]) == ("complete", "new_version")
    assert ended.json()["snapshot_version"] == 1
    assert ended.json()["sources"]["alpha"]["fetched_at"].endswith("Z")
    assert "Retry-After" not in ended
    conforms(ended.json(), "RequestStatus")


@pytest.mark.parametrize("known", ["{etag}", "W/{etag}", '"other", {etag}'])
def test_a_status_that_did_not_move_is_not_sent_again(api: Client, fake_sources: Fakes, known: str) -> None:
    url = post(api, DOSSIERS, ASK)["Location"]
    etag = api.get(url)["ETag"]
    again = api.get(url, headers={"If-None-Match": known.format(etag=etag)})
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == etag
    work(url.split("/")[-2])
    assert api.get(url, headers={"If-None-Match": etag}).status_code == 200


def test_a_poll_costs_three_queries(api: Client, fake_sources: Fakes) -> None:
    url = post(api, DOSSIERS, ASK)["Location"]
    api.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert api.get(url).status_code == 200
    assert len(queries) <= 3, [query["sql"] for query in queries]


def test_a_client_takes_its_own_ask_back(api: Client, fake_sources: Fakes) -> None:
    receipt = post(api, DOSSIERS, ASK).json()
    response = post(api, f"/api/dossier-requests/{receipt['request_id']}/cancel/", {})
    assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    conforms(response.json(), "RequestStatus")


def test_a_client_cannot_take_back_the_ask_of_another(
    api: Client, machine: Machine, fake_sources: Fakes
) -> None:
    receipt = post(api, DOSSIERS, ASK).json()
    other = machine("dossier:read", "dossier:request")
    assert post(other, f"/api/dossier-requests/{receipt['request_id']}/cancel/", {}).status_code == 404
    assert api.get(receipt["status_url"]).json()["state"] == "queued"


def test_a_retry_asks_again_for_what_failed_only(api: Client, fake_sources: Fakes) -> None:
    fake_sources["capa"].always = status(403)
    receipt = post(api, DOSSIERS, ASK).json()
    work(receipt["request_id"])
    fake_sources["capa"].always = None
    response = post(api, f"/api/dossier-requests/{receipt['request_id']}/retry/", {})
    assert response.status_code == 202
    assert response["Location"] == response.json()["status_url"]
    work(response.json()["request_id"])
    assert api.get(response["Location"]).json()["state"] == "complete"
    assert [len(fake.calls) for fake in fake_sources.values()] == [1, 1, 2]


def test_a_retry_where_nothing_failed_is_a_conflict(api: Client, fake_sources: Fakes) -> None:
    receipt = post(api, DOSSIERS, ASK).json()
    work(receipt["request_id"])
    response = post(api, f"/api/dossier-requests/{receipt['request_id']}/retry/", {})
    assert (response.status_code, set(fields(response))) == (409, set())
