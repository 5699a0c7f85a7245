"""The OpenAPI document of Alpha says all that can come, and nothing else comes."""

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.openapi import examine
from tests.unit.sources.api import Api


@pytest.mark.django_db(transaction=True)
def test_whatever_is_sent_the_answer_is_as_described(live_server: LiveServer) -> None:
    examine(live_server.url, Api("read", "write").token, without="^/drill/")
