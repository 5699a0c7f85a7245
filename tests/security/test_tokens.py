"""A token does what its client was given, until it ends, and from its header alone."""

import json
import sys
from hashlib import sha256

import psycopg2
import pytest
import requests

from tests.security.conftest import MOST_SECONDS, SERVICES, WRITES
from tests.stack import Stack

pytestmark = pytest.mark.e2e

SCOPES = {"portal": "dossier:read", **dict.fromkeys(("alpha", "beta", "capa"), "read")}
READS = {
    "alpha": "/api/customers/",
    "beta": "/api/customers/",
    "capa": "/api/customers/cpfs/",
    "portal": "/api/customers-dossiers/1/",
}
DATABASES = {"alpha": "alpha_db", "beta": "beta_db", "capa": "capa_db", "portal": "delta_db"}
# Where django-oauth-toolkit would let a person register a client, or hand a token to a browser.
TOOLKIT = ("applications/", "applications/register/", "authorize/", "authorized_tokens/", "introspect/")


def client(stack: Stack, service: str) -> dict[str, str]:
    """The credentials of a service's demo client."""
    state = stack.state
    found: dict[str, str] = state["api_client"] if service == "portal" else state["source_clients"][service]
    return found


def read(stack: Stack, service: str, token: str, *, by: str = "header") -> requests.Response:
    """Reads with a token, in its header or elsewhere."""
    url = stack.url(service) + READS[service]
    if by == "query":
        return requests.get(url, params={"access_token": token, "token": token}, timeout=MOST_SECONDS)
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=MOST_SECONDS)


def change(stack: Stack, service: str, statement: str, token: str) -> None:
    """Changes a service's row of a token."""
    connection = psycopg2.connect(stack.state["engines"]["database_url"] + DATABASES[service])
    with connection, connection.cursor() as cursor:
        cursor.execute(f"{statement} where token_checksum = %s", [sha256(token.encode()).hexdigest()])
        assert cursor.rowcount == 1
    connection.close()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "update oauth2_provider_accesstoken set expires = now() - interval '1 second'",
        "delete from oauth2_provider_accesstoken",
    ],
)
def test_a_token_that_has_expired_or_was_revoked_is_refused_at_once(
    stack: Stack, service: str, statement: str
) -> None:
    token = stack.token(service, client(stack, service))
    assert read(stack, service, token).status_code in (200, 404)
    change(stack, service, statement, token)
    refused = read(stack, service, token)
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_token")


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_in_the_address_is_none(stack: Stack, service: str) -> None:
    token = stack.token(service, client(stack, service))
    assert read(stack, service, token).status_code in (200, 404)
    assert read(stack, service, token, by="query").status_code in (400, 401)
    body = requests.post(
        stack.url(service) + WRITES[service], data={"access_token": token}, timeout=MOST_SECONDS
    )
    assert body.status_code == 401


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_is_given_no_scope_that_it_was_not_made_with(stack: Stack, service: str) -> None:
    command = ["manage.py", "create_api_client", "narrow", "--scope", SCOPES[service]]
    made = stack.run(sys.executable, *command, SERVICE=service)
    assert made.returncode == 0, made.stderr
    narrow = json.loads(made.stdout.strip().splitlines()[-1])
    everything = (
        "read write dossier:read dossier:request batch:run dossier:all runs:all dossier:pin openid admin"
    )
    for wanted in (everything, f"{SCOPES[service]} write batch:run", "*", "admin"):
        form = {"grant_type": "client_credentials", "scope": wanted}
        told = requests.post(
            f"{stack.url(service)}/api/oauth/token/",
            data=form,
            auth=(narrow["client_id"], narrow["client_secret"]),
            timeout=MOST_SECONDS,
        )
        assert (told.status_code, told.json()["error"]) == (400, "invalid_scope"), wanted
    token = stack.token(service, narrow)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    assert session.get(stack.url(service) + READS[service], timeout=MOST_SECONDS).status_code in (200, 404)
    refused = session.post(stack.url(service) + WRITES[service], json={}, timeout=MOST_SECONDS)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize("grant", ["password", "authorization_code", "implicit", "refresh_token", "device"])
@pytest.mark.parametrize("service", SERVICES)
def test_there_is_one_way_to_a_token(stack: Stack, service: str, grant: str) -> None:
    known = client(stack, service)
    form = {"grant_type": grant, "username": "analista", "password": "x", "code": "x", "refresh_token": "x"}
    told = requests.post(
        f"{stack.url(service)}/api/oauth/token/",
        data=form,
        auth=(known["client_id"], known["client_secret"]),
        timeout=MOST_SECONDS,
    )
    assert (told.status_code, told.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_registers_a_client_over_http(stack: Stack, browser: requests.Session, service: str) -> None:
    for root in ("/o/", "/oauth/", "/oauth2/", "/api/oauth/", "/api/o/", "/accounts/"):
        for page in TOOLKIT:
            for method in ("GET", "POST"):
                url = f"{stack.url(service)}{root}{page}"
                answer = browser.request(method, url, timeout=MOST_SECONDS, allow_redirects=False)
                assert answer.status_code in (403, 404), url
                assert "client_id" not in answer.text
