"""One set of cases, held against the real source services and against the tests' fake.

The client is the orchestrator's own. If the fake and the real thing part ways, one of the two
columns fails here.
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests

from fixtures import cast
from orchestrator import cache, conf
from orchestrator.clients.http import HttpClient
from orchestrator.clients.parsing.answers import block_of
from orchestrator.clients.registry import by_name
from orchestrator.errors import BadCredentials
from orchestrator.records.dossiers import Presence
from tests.fakes import people
from tests.fakes.source import FakeSource, serving
from tests.stack import Stack

pytestmark = pytest.mark.e2e
NOBODY = cast.BEATRIZ.cpf  # in none of the sources
SOURCES = ("alpha", "beta", "capa")


@pytest.fixture(params=["real", "fake"])
def kind(request: pytest.FixtureRequest) -> str:
    """Whether the client speaks to the real service or to the fake."""
    return str(request.param)


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> str:
    """One source after the other."""
    return str(request.param)


@pytest.fixture
def endpoint(kind: str, source: str, request: pytest.FixtureRequest) -> Iterator[conf.Endpoint]:
    """Where the source is, and a client that may read it; the shared tokens are forgotten."""
    cache.redis().flushdb()
    if kind == "real":
        stack: Stack = request.getfixturevalue("stack")
        client = stack.state["source_clients"][source]
        yield conf.Endpoint(url=stack.url(source), **client)
    else:
        fake = FakeSource(source, people={cast.MARIA.cpf: people.answer_of(source, cast.MARIA.cpf)})
        with serving(fake):
            yield conf.Endpoint(url=fake.url, client_id="any", client_secret="any")
    cache.redis().flushdb()


@pytest.fixture
def client(source: str, endpoint: conf.Endpoint) -> HttpClient:
    """The orchestrator's client of that source."""
    return HttpClient(by_name()[source], endpoint)


def test_who_is_known_is_found_with_every_declared_value(client: HttpClient) -> None:
    block = block_of(client.fetch([cast.MARIA.cpf]), cast.MARIA.cpf)
    assert block.presence is Presence.FOUND
    assert set(block.person) == {column.key for column in client.source.person}
    for section in client.source.sections:
        assert block.sections[section.key], section.key
        for row in block.sections[section.key]:
            assert set(row) == {column.key for column in section.columns}


def test_who_is_unknown_is_not_found(client: HttpClient) -> None:
    assert block_of(client.fetch([NOBODY]), NOBODY).presence is Presence.NOT_FOUND


def test_several_people_are_asked_in_one_call(client: HttpClient) -> None:
    blocks = client.fetch([NOBODY, cast.MARIA.cpf])
    assert [block_of(blocks, cpf).presence for cpf in (NOBODY, cast.MARIA.cpf)] == [
        Presence.NOT_FOUND,
        Presence.FOUND,
    ]


def test_money_arrives_as_decimals_with_two_places(client: HttpClient) -> None:
    block = block_of(client.fetch([cast.MARIA.cpf]), cast.MARIA.cpf)
    amounts = [row["value"] for rows in block.sections.values() for row in rows]
    assert amounts
    for amount in amounts:
        assert isinstance(amount, Decimal)
        assert amount.as_tuple().exponent == -2


def test_a_call_without_a_token_is_answered_401(endpoint: conf.Endpoint) -> None:
    answer = requests.post(
        f"{endpoint.url}/api/customers/batch/", json={"cpfs": [cast.MARIA.cpf]}, timeout=10
    )
    assert answer.status_code == 401


def test_the_original_records_read_to_the_cent(stack: Stack) -> None:
    for source, person, section, amount in (
        ("alpha", cast.ORIGINAL_ALPHA, "debts", "1000.00"),
        ("beta", cast.ORIGINAL_BETA, "patrimonies", "1000.00"),
        ("capa", cast.ORIGINAL_CAPA, "financial_transactions", "0.00"),
    ):
        where = conf.Endpoint(url=stack.url(source), **stack.state["source_clients"][source])
        block = block_of(HttpClient(by_name()[source], where).fetch([person.cpf]), person.cpf)
        assert [str(row["value"]) for row in block.sections[section]] == [amount]


def test_wrong_credentials_are_told_apart(stack: Stack) -> None:
    cache.redis().flushdb()
    endpoint = conf.Endpoint(url=stack.url("alpha"), client_id="nobody", client_secret="wrong")
    with pytest.raises(BadCredentials):
        HttpClient(by_name()["alpha"], endpoint).fetch([NOBODY])
