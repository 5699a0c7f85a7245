"""The portal's API, against the real database and orchestrator."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator import dossiers
from orchestrator.models import DossierRequest
from tests.fakes import people
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.portal.conftest import conforms, silence, work

Fakes = dict[str, FakeSource]
Build = Callable[..., dossiers.RequestStatus]
Machine = Callable[..., Client]

ASK = {"cpf": MARIA, "purpose": "credit_analysis"}
DOSSIERS = "/api/customers-dossiers/"


def post(api: Client, path: str, body: object) -> Any:
    return api.post(path, body, content_type="application/json")


@pytest.fixture
def api(machine: Machine) -> Client:
    """A client that may read and ask."""
    return machine("dossier:read", "dossier:request")


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
    assert set(response.json()) == {field}
    conforms(response.json(), "FieldErrors")


def test_wrong_check_digits_are_told_and_can_be_asked_for_all_the_same(
    api: Client, fake_sources: Fakes
) -> None:
    wrong = {**ASK, "cpf": "52998224726"}
    assert "allow_invalid_check_digits" in post(api, DOSSIERS, wrong).json()["cpf"][0]
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


def test_a_dossier_is_found_by_search_by_id_and_the_original_s_way(api: Client, built: Build) -> None:
    current = built()
    found = post(api, f"{DOSSIERS}search/", {"cpf": "529.982.247-25"}).json()
    assert found == api.get(f"{DOSSIERS}{current.dossier_id}/").json()
    assert [found] == api.get(DOSSIERS, {"cpf": MARIA}).json()
    assert found["debts"][0]["value"] == "1000.00"
    assert found["financial_transactions"][0]["type_transaction"] == "Debit"
    assert found["last_purchase"]["payment_type"] == "CreditCard"
    assert found["divergences"][0]["field"] == "address"
    conforms(found, "Dossier")


def test_nobody_is_an_empty_list_the_original_s_way_and_a_404_by_search(api: Client, built: Build) -> None:
    built()
    assert api.get(DOSSIERS, {"cpf": JOAO}).json() == []
    assert post(api, f"{DOSSIERS}search/", {"cpf": JOAO}).status_code == 404


@pytest.mark.parametrize("cpf", ["", "1", "abc"])
def test_a_search_for_what_is_no_cpf_names_the_field(api: Client, cpf: str) -> None:
    assert set(api.get(DOSSIERS, {"cpf": cpf}).json()) == {"cpf"}
    assert set(post(api, f"{DOSSIERS}search/", {"cpf": cpf}).json()) == {"cpf"}


def test_before_the_first_version_the_version_is_null(api: Client, fake_sources: Fakes) -> None:
    dossier_id = post(api, DOSSIERS, ASK).json()["dossier_id"]
    body = api.get(f"{DOSSIERS}{dossier_id}/").json()
    assert body["version"] is body["debts"] is None
    conforms(body, "Dossier")


def test_a_failed_source_is_null_and_a_person_not_found_is_an_empty_list(
    api: Client, built: Build, fake_sources: Fakes
) -> None:
    silence(fake_sources["alpha"])
    body = api.get(f"{DOSSIERS}{built(ANA).dossier_id}/").json()
    assert (body["debts"], body["blocks"]["alpha"]["presence"]) == (None, "missing")
    assert (body["patrimonies"], body["blocks"]["beta"]["presence"]) == ([], "not_found")
    assert body["blocks"]["alpha"]["error_code"] == "refused"
    conforms(body, "Dossier")


def test_versions_and_what_changed_between_them(api: Client, built: Build, fake_sources: Fakes) -> None:
    built()
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("2000.00",))
    base = f"{DOSSIERS}{built().dossier_id}/"
    assert [each["version"] for each in api.get(f"{base}versions/").json()] == [2, 1]
    assert api.get(f"{base}versions/1/").json()["debts"][0]["value"] == "1000.00"
    diff = api.get(f"{base}diff/", {"from": 1, "to": 2}).json()
    (debts,) = [change for change in diff["sections"] if change["added"] or change["removed"]]
    assert (debts["source"], debts["section"], debts["comparable"]) == ("alpha", "debts", True)
    assert debts["added"][0]["value"] == "2000.00"
    conforms(diff, "Diff")


def test_a_version_is_pinned_and_let_go(api: Client, built: Build, fake_sources: Fakes) -> None:
    versions = f"{DOSSIERS}{built().dossier_id}/versions/"
    for method, pinned in ((api.put, True), (api.put, True), (api.delete, False), (api.delete, False)):
        assert method(f"{versions}1/pin/").status_code == 204
        body = api.get(versions).json()
        assert [each["pinned"] for each in body] == [pinned]
        conforms(body, "VersionSummary", many=True)
    assert api.put(f"{versions}2/pin/").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"), [({"to": "1"}, "from"), ({"from": "1"}, "to"), ({"from": "x", "to": "1"}, "from")]
)
def test_a_diff_needs_both_versions(api: Client, query: dict[str, str], field: str) -> None:
    response = api.get(f"{DOSSIERS}1/diff/", query)
    assert response.status_code == 400
    assert set(response.json()) == {field}


@pytest.mark.parametrize(
    "path",
    [
        f"/api/dossier-requests/{uuid4()}/",
        f"{DOSSIERS}999999/",
        f"{DOSSIERS}999999/versions/",
        f"{DOSSIERS}999999/versions/1/",
        f"{DOSSIERS}999999/diff/?from=1&to=2",
        "/api/nothing-here/",
    ],
)
def test_what_does_not_exist_is_a_404_in_json(api: Client, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 404
    assert "detail" in response.json()


ENDPOINTS = [
    ("POST", DOSSIERS, "dossier:request"),
    ("GET", f"{DOSSIERS}?cpf={MARIA}", "dossier:read"),
    ("POST", f"{DOSSIERS}search/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/versions/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/versions/1/", "dossier:read"),
    ("PUT", f"{DOSSIERS}1/versions/1/pin/", "dossier:request"),
    ("DELETE", f"{DOSSIERS}1/versions/1/pin/", "dossier:request"),
    ("GET", f"{DOSSIERS}1/diff/?from=1&to=2", "dossier:read"),
    ("GET", f"/api/dossier-requests/{uuid4()}/", "dossier:read"),
    ("GET", "/api/sources/?hours=1", "dossier:read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
def test_each_endpoint_needs_a_token_with_its_scope(
    client: Client, machine: Machine, fake_sources: Fakes, method: str, path: str, scope: str
) -> None:
    def answered(caller: Client) -> int:
        body = json.dumps(ASK) if method == "POST" else ""
        return int(caller.generic(method, path, body, "application/json").status_code)

    others = {"dossier:read", "dossier:request", "batch:run"} - {scope}
    assert answered(client) == 401
    assert answered(machine(*others)) == 403
    assert answered(machine(scope)) in (200, 202, 404)


def test_a_browser_s_login_opens_no_door_to_the_api(analyst: Client) -> None:
    assert analyst.get(f"{DOSSIERS}1/").status_code == 401


def directives(response: HttpResponseBase) -> set[str]:
    return set(response["Cache-Control"].split(", "))


def test_answers_with_personal_data_are_stored_by_nobody(api: Client, built: Build) -> None:
    built()
    dossier = f"{DOSSIERS}{built().dossier_id}/"
    answered = [api.get(dossier + path) for path in ("", "versions/", "versions/1/", "diff/?from=1&to=1")]
    answered += [api.get(DOSSIERS, {"cpf": MARIA}), post(api, f"{DOSSIERS}search/", {"cpf": MARIA})]
    assert [response.status_code for response in answered] == [200] * len(answered)
    refused = [post(api, DOSSIERS, {**ASK, "cpf": "1"}), post(api, DOSSIERS, ASK), Client().get(dossier)]
    assert [response.status_code for response in refused] == [400, 202, 401]
    for response in (*answered, *refused):
        assert directives(response) == {"private", "no-store"}


def test_a_status_may_be_kept_by_its_client_with_its_etag(api: Client, fake_sources: Fakes) -> None:
    response = api.get(post(api, DOSSIERS, ASK)["Location"])
    assert directives(response) == {"private", "no-cache"}
    assert "ETag" in response


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
    assert (response.status_code, set(response.json())) == (409, {"detail"})


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_only_who_may_ask_may_cancel_or_retry(machine: Machine, fake_sources: Fakes, action: str) -> None:
    reader = machine("dossier:read")
    assert post(reader, f"/api/dossier-requests/{uuid4()}/{action}/", {}).status_code == 403
