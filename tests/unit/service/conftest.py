"""A service of the tests' own, with the portal's settings. Run with SERVICE=portal."""

import io
import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client


@pytest.fixture(autouse=True)
def _routes(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ROOT_URLCONF", "tests.unit.service.urls")
    monkeypatch.setattr(settings, "API_PATHS", ("/",))


@pytest.fixture
def http() -> Client:
    """A client that gets a fault as its answer."""
    return Client(raise_request_exception=False)


def create(*scopes: str) -> dict[str, str]:
    """The credentials that `create_api_client` prints."""
    out = io.StringIO()
    call_command("create_api_client", "Tester", *(f"--scope={scope}" for scope in scopes), stdout=out)
    return dict(json.loads(out.getvalue()))


def bearer(http: Client, *scopes: str) -> dict[str, str]:
    """Headers with a token of a new client."""
    answer = http.post("/api/oauth/token/", {"grant_type": "client_credentials", **create(*scopes)})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
