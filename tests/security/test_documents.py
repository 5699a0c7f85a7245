"""Whatever a client without any scope sends, each service answers as its document says, and does nothing."""

import pytest
import requests

from tests.openapi import described, examine
from tests.security import walking
from tests.security.conftest import MOST_SECONDS, SERVICES
from tests.security.test_answers import RECORDS
from tests.security.test_tokens import change, client
from tests.stack import Stack

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("service", SERVICES)
def test_who_has_no_scope_gets_nowhere_and_is_answered_as_described(stack: Stack, service: str) -> None:
    token = stack.token(service, client(stack, service))
    change(stack, service, "update oauth2_provider_accesstoken set scope = ''", token)
    before = walking.everything(stack)
    examine(stack.url(service), token)
    after = walking.everything(stack)
    changed = [name for name in before | after if before.get(name) != after.get(name)]
    assert [name for name in changed if not RECORDS.search(name)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_operation_is_open_to_who_has_no_scope(stack: Stack, service: str) -> None:
    token = stack.token(service, client(stack, service))
    change(stack, service, "update oauth2_provider_accesstoken set scope = ''", token)
    url, told = stack.url(service), {"Authorization": f"Bearer {token}"}
    document = requests.get(
        f"{url}/api/schema/", headers={"Accept": "application/json"}, timeout=MOST_SECONDS
    ).json()
    assert len(described(document)) > 5
    for name in described(document):
        method, _, path = name.partition(" ")
        address = url + path.replace("{request_id}", "00000000-0000-4000-8000-000000000000")
        for known in ("dossier_id", "run_id", "number", "id", "cpf"):
            address = address.replace(f"{{{known}}}", "1")
        answer = requests.request(method, address, headers=told, timeout=MOST_SECONDS)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope"), name
        stranger = requests.request(method, address, timeout=MOST_SECONDS)
        assert (stranger.status_code, stranger.json()["code"]) == (401, "not_authenticated"), name
