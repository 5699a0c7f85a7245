"""The OpenAPI document of the portal says all that can come, and nothing else comes."""

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.integration.portal.conftest import Fakes, Machine
from tests.openapi import examine


@pytest.mark.django_db(transaction=True)
def test_whatever_is_sent_the_answer_is_as_described(
    live_server: LiveServer, machine: Machine, fake_sources: Fakes
) -> None:
    client: Client = machine("dossier:read", "dossier:request", "batch:run")
    examine(live_server.url, client.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer "))
