"""The OpenAPI document of the portal says all that can come, and nothing else comes."""

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.integration.portal.conftest import Fakes, Machine
from tests.openapi import described, examine, tells_failures


@pytest.mark.django_db(transaction=True)
def test_whatever_is_sent_the_answer_is_as_described(
    live_server: LiveServer, machine: Machine, fake_sources: Fakes
) -> None:
    client: Client = machine(*settings.OAUTH2_PROVIDER["SCOPES"])
    examine(live_server.url, client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer "))


def test_the_document_is_valid_and_tells_every_status_and_bound(client: Client, db: None) -> None:
    document = client.get("/api/schema/", headers={"Accept": "application/json"}).json()
    operations = described(document)
    for operation in operations.values():
        tells_failures(operation, 400, 401, 403, 405, 429, 500, 503)
    tells_failures(operations["GET /api/runs/{run_id}/"], 404, 406)
    tells_failures(operations["POST /api/runs/{run_id}/retry/"], 404, 406, 409, 413, 415)
    schemas = document["components"]["schemas"]
    assert schemas["ListUploadRequest"]["properties"]["file"]["format"] == "binary"
    assert schemas["AskRequest"]["additionalProperties"] is False
    limit = next(each for each in operations["GET /api/runs/"]["parameters"] if each["name"] == "limit")
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 200)


def test_what_the_document_says_of_the_reader_s_scope_is_what_is_asked_of_the_token(client: Client) -> None:
    operations = described(client.get("/api/schema/", headers={"Accept": "application/json"}).json())
    assert operations["POST /api/customers-dossiers/"]["security"] == [{"oauth2": ["dossier:request"]}]
