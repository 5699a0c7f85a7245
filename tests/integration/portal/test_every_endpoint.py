"""What holds on every endpoint of the API for dossiers: a token's scope, a 404 in JSON, no copies kept."""

import json
from uuid import UUID

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from tests.fakes.people import MARIA
from tests.integration.portal.conftest import ASK, DOSSIERS, SCOPES, Build, Fakes, Machine, post
from tests.problems import fields

UNKNOWN = UUID(int=7)  # of a request: the same in every worker, or these tests had no one name

ENDPOINTS = [
    ("POST", DOSSIERS, "dossier:request"),
    ("GET", f"{DOSSIERS}?cpf={MARIA}", "dossier:read"),
    ("POST", f"{DOSSIERS}search/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/versions/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/versions/1/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/figures/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/versions/1/figures/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/versions/1/export/?format=csv", "dossier:read"),
    ("PUT", f"{DOSSIERS}1/versions/1/pin/", "dossier:pin"),
    ("DELETE", f"{DOSSIERS}1/versions/1/pin/", "dossier:pin"),
    ("GET", f"{DOSSIERS}1/versions/1/decisions/", "dossier:read"),
    ("GET", f"{DOSSIERS}1/diff/?from=1&to=2", "dossier:read"),
    ("GET", f"/api/dossier-requests/{UNKNOWN}/", "dossier:read"),
    ("GET", f"/api/dossier-requests/{UNKNOWN}/", "dossier:request"),
    ("GET", "/api/sources/?hours=1", "dossier:read"),
]


def directives(response: HttpResponseBase) -> set[str]:
    return set(response["Cache-Control"].split(", "))


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
def test_each_endpoint_needs_a_token_with_its_scope(
    client: Client, machine: Machine, fake_sources: Fakes, method: str, path: str, scope: str
) -> None:
    def answered(caller: Client) -> int:
        given = {"cpf": MARIA} if path.endswith("search/") else ASK
        body = json.dumps(given) if method == "POST" else ""
        return int(caller.generic(method, path, body, "application/json").status_code)

    others = {*SCOPES} - {scope}
    if "dossier-requests" in path:  # either will do
        others -= {"dossier:read", "dossier:request"}
    assert answered(client) == 401
    assert answered(machine(*others)) == 403
    assert answered(machine(scope)) in (200, 202, 404)


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_only_who_may_ask_may_cancel_or_retry(machine: Machine, fake_sources: Fakes, action: str) -> None:
    reader = machine("dossier:read")
    assert post(reader, f"/api/dossier-requests/{UNKNOWN}/{action}/", {}).status_code == 403


def test_a_browser_s_login_opens_no_door_to_the_api(analyst: Client) -> None:
    assert analyst.get(f"{DOSSIERS}1/").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        f"/api/dossier-requests/{UNKNOWN}/",
        f"{DOSSIERS}999999/",
        f"{DOSSIERS}999999/versions/",
        f"{DOSSIERS}999999/versions/1/",
        f"{DOSSIERS}999999/versions/1/decisions/",
        f"{DOSSIERS}{2**80}/versions/1/",  # more than a row's number can be
        f"{DOSSIERS}{2**80}/versions/1/decisions/",
        f"{DOSSIERS}1/versions/{2**80}/decisions/",
        f"{DOSSIERS}999999/figures/",
        f"{DOSSIERS}999999/versions/1/figures/",
        f"{DOSSIERS}999999/versions/1/export/",
        f"{DOSSIERS}999999/diff/?from=1&to=2",
        "/api/nothing-here/",
    ],
)
def test_what_does_not_exist_is_a_404_in_json(api: Client, path: str) -> None:
    response = api.get(path)
    assert response.status_code == 404
    assert fields(response) == []


def test_answers_with_personal_data_are_stored_by_nobody(api: Client, built: Build) -> None:
    built()
    dossier = f"{DOSSIERS}{built().dossier_id}/"
    paths = ["", "versions/", "versions/1/", "diff/?from=1&to=1", "figures/", "versions/1/figures/"]
    paths += ["versions/1/export/?format=xlsx"]
    answered = [api.get(dossier + path) for path in paths]
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
