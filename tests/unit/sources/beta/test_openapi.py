"""The OpenAPI document of Beta says all that can come, and nothing else comes."""

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.openapi import described, examine, tells_failures
from tests.unit.sources.api import Api


@pytest.mark.django_db(transaction=True)
def test_whatever_is_sent_the_answer_is_as_described(live_server: LiveServer) -> None:
    examine(live_server.url, Api("read", "write").token, without="^/drill/")


def test_the_document_is_valid_and_tells_every_status_and_bound(client: Client) -> None:
    operations = described(client.get("/api/schema/?format=json").json())
    for operation in operations.values():
        tells_failures(operation, 400, 401, 403, 405, 406, 429, 500, 503)
    tells_failures(operations["POST /api/customers/"], 413, 415)
    tells_failures(operations["GET /api/customers/"], 404)
    bounds = {
        each["name"]: (each["schema"]["minimum"], each["schema"]["default"])
        for name in ("GET /api/customers/", "GET /api/customers/cpfs/")
        for each in operations[name]["parameters"]
        if each["in"] == "query" and "minimum" in each["schema"]
    }
    assert bounds == {"page": (1, 1), "page_size": (1, 10), "limit": (1, 1000)}
