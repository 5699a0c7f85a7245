"""Clients, tokens and scopes."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken
from pytest_django import DjangoAssertNumQueries

from ops.service.models import ApiClient
from ops.service.settings import token_seconds
from tests.problems import fields
from tests.unit.service.conftest import bearer, create

TOKEN = "/api/oauth/token/"
FORM = {"grant_type": "client_credentials"}


def ask(http: Client, **form: Any) -> Any:
    return http.post(TOKEN, {"grant_type": "client_credentials", **form})


def test_a_token_carries_all_scopes_of_its_client_unless_some_are_named(http: Client) -> None:
    client = create("dossier:read", "dossier:request")
    assert ask(http, **client).json()["scope"].split() == ["dossier:read", "dossier:request"]
    assert ask(http, **client, scope="dossier:read").json()["scope"] == "dossier:read"


@pytest.mark.parametrize("scope", ["dossier:request", "dossier:read dossier:request", "nonsense"])
def test_a_scope_that_the_client_is_not_allowed_is_refused(http: Client, scope: str) -> None:
    answer = ask(http, **create("dossier:read"), scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_http_basic_serves_as_well_as_a_form(http: Client) -> None:
    client = create("dossier:read")
    answer = http.post(TOKEN, FORM, headers=basic(client["client_id"], client["client_secret"]))
    assert answer.json()["token_type"] == "Bearer"


@pytest.mark.parametrize("secret", ["wrong", "", "\0"])
def test_a_wrong_secret_gets_no_token(http: Client, secret: str) -> None:
    answer = ask(http, client_id=create("dossier:read")["client_id"], client_secret=secret)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


@pytest.mark.parametrize(
    ("in_header", "in_body"), [("right", "right"), ("wrong", "right"), ("right", "wrong")]
)
def test_two_proofs_at_once_are_no_request_whichever_of_them_is_right(
    http: Client, in_header: str, in_body: str
) -> None:
    client = create("dossier:read")
    secrets = {"right": client["client_secret"], "wrong": "wrong"}
    form = {**FORM, "client_id": client["client_id"], "client_secret": secrets[in_body]}
    answer = http.post(TOKEN, form, headers=basic(client["client_id"], secrets[in_header]))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_header_and_a_body_that_name_different_clients_are_no_request(http: Client) -> None:
    client, other = create("dossier:read"), create("dossier:read")
    form = {**FORM, "client_id": other["client_id"]}
    answer = http.post(TOKEN, form, headers=basic(client["client_id"], client["client_secret"]))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    again = http.post(
        TOKEN,
        {**FORM, "client_id": client["client_id"]},
        headers=basic(client["client_id"], client["client_secret"]),
    )
    assert again.status_code == 200


def test_who_fails_to_prove_himself_is_told_the_scheme_that_there_is(http: Client) -> None:
    client = create("dossier:read")
    by_header = http.post(TOKEN, FORM, headers=basic(client["client_id"], "wrong"))
    by_body = ask(http, client_id=client["client_id"], client_secret="wrong")
    for answer in (by_header, by_body):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer["WWW-Authenticate"] == 'Basic realm="token"'


def test_a_parameter_given_twice_is_no_request(http: Client) -> None:
    client = create("dossier:read")
    answer = ask(http, **{**client, "client_id": ["wrong", client["client_id"]]})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic", "Basic x", "Basic \xff", "Basic AAAA"])
def test_a_malformed_basic_header_is_a_clean_error(http: Client, header: str) -> None:
    answer = http.post(TOKEN, {"grant_type": "client_credentials"}, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", ""])
def test_no_other_grant_is_given(http: Client, grant: str) -> None:
    answer = http.post(TOKEN, {**create("dossier:read"), "grant_type": grant, "username": "a"})
    assert answer.status_code == 400


def test_another_method_is_named_as_such(http: Client) -> None:
    answer = http.get(TOKEN)
    assert (answer.status_code, fields(answer)) == (405, [])


def test_neither_secret_nor_token_is_stored_in_the_clear(http: Client) -> None:
    client = create("dossier:read")
    token = ask(http, **client).json()["access_token"]
    assert client["client_secret"] not in str(ApiClient.objects.values())
    assert token not in str(AccessToken.objects.values())


def test_a_client_with_an_unknown_scope_is_not_created() -> None:
    with pytest.raises(CommandError, match="Unknown scope: nonsense"):
        call_command("create_api_client", "Tester", "--scope=nonsense")
    assert not ApiClient.objects.exists()


def test_a_token_is_checked_with_one_query(
    http: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    headers = bearer(http, "dossier:read")
    with django_assert_num_queries(1):
        assert http.get("/echo/1/", headers=headers).json() == {"client": "Tester"}


def test_an_expired_token_is_refused(http: Client) -> None:
    headers = bearer(http, "dossier:read")
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    answer = http.get("/echo/1/", headers=headers)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_expired_tokens_go_when_anybody_gets_a_new_one(http: Client) -> None:
    for client in (create("dossier:read"), create("dossier:read")):
        ask(http, **client)
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    headers = bearer(http, "dossier:read")
    assert AccessToken.objects.count() == 1
    assert http.get("/echo/1/", headers=headers).status_code == 200


def test_a_token_of_a_deleted_client_is_refused(http: Client) -> None:
    headers = bearer(http, "dossier:read")
    ApiClient.objects.all().delete()
    assert http.get("/echo/1/", headers=headers).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", "Basic x", "Bearer \xff"])
def test_without_a_good_token_nothing_is_answered(http: Client, header: str) -> None:
    answer = http.get("/echo/1/", HTTP_AUTHORIZATION=header)
    assert (answer.status_code, fields(answer)) == (401, [])
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_in_the_address_is_no_token(http: Client) -> None:
    token = bearer(http, "dossier:read")["Authorization"].split()[1]
    assert http.get(f"/echo/1/?access_token={token}").status_code == 401


def test_each_method_needs_the_scope_that_its_view_names(http: Client) -> None:
    headers = bearer(http, "dossier:read")
    assert http.get("/echo/1/", headers=headers).status_code == 200
    assert http.post("/echo/1/", "{}", "application/json", headers=headers).status_code == 403


def test_a_method_that_the_view_lacks_is_405_and_not_403(http: Client) -> None:
    assert http.delete("/echo/1/", headers=bearer(http, "dossier:read")).status_code == 405


@pytest.mark.parametrize("shift", [timedelta(hours=1, minutes=1), timedelta(hours=-1, minutes=-1)])
def test_a_process_whose_clock_is_wrong_issues_and_accepts_tokens_all_the_same(
    http: Client, shift: timedelta
) -> None:
    before = bearer(http, "dossier:read")
    with time_machine.travel(timezone.now() + shift):
        assert http.get("/echo/1/", headers=before).status_code == 200
        meanwhile = bearer(http, "dossier:read")
    assert http.get("/echo/1/", headers=meanwhile).status_code == 200
    left = AccessToken.objects.latest("pk").expires - timezone.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)


@pytest.mark.parametrize("seconds", ["901", "3600", "59", "0"])
def test_no_setting_makes_a_token_last_longer_than_a_quarter_of_an_hour(
    monkeypatch: pytest.MonkeyPatch, seconds: str
) -> None:
    assert token_seconds() == 900
    monkeypatch.setenv("TOKEN_SECONDS", "60")
    assert token_seconds() == 60
    monkeypatch.setenv("TOKEN_SECONDS", seconds)
    with pytest.raises(ImproperlyConfigured, match="TOKEN_SECONDS"):
        token_seconds()
