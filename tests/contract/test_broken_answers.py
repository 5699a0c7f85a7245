"""Every kind of broken answer, from the real sources over real HTTP, is told apart by our client."""

import time
from collections.abc import Iterator

import pytest

from fixtures import cast
from orchestrator import cache, conf, errors
from orchestrator.clients.http import HttpClient
from orchestrator.clients.parsing.answers import block_of
from orchestrator.clients.registry import by_name
from orchestrator.records.dossiers import Presence
from tests.faults.inject import SOURCES, drilled
from tests.stack import Stack

pytestmark = pytest.mark.e2e
MARIA = cast.MARIA.cpf

EXPECTED: dict[str, type[errors.SourceError]] = {
    "errors": errors.ServerError,
    "limited": errors.Limited,
    "unauthorized": errors.BadCredentials,
    "redirect": errors.BadAnswer,
    "cut": errors.Unreachable,
    "not_json": errors.BadAnswer,
    "wrong_shape": errors.BadAnswer,
    "missing_key": errors.BadAnswer,
    "nan": errors.BadAnswer,
    "infinity": errors.BadAnswer,
    "not_money": errors.BadAnswer,
    "duplicate": errors.BadAnswer,
    "other_cpf": errors.BadAnswer,
    "deep": errors.BadAnswer,
    "truncated": errors.BadAnswer,
    "too_large": errors.TooLarge,
    "trickle": errors.TimedOut,
    "hang": errors.TimedOut,
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "CALL_SECONDS", 2.0)
    monkeypatch.setattr(conf, "READ_SECONDS", 1.0)


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> str:
    """One source after the other."""
    return str(request.param)


@pytest.fixture
def client(stack: Stack, source: str) -> Iterator[HttpClient]:
    """The orchestrator's client of the real source."""
    cache.redis().flushdb()
    credentials = stack.state["source_clients"][source]
    yield HttpClient(by_name()[source], conf.Endpoint(url=stack.url(source), **credentials))
    cache.redis().flushdb()


@pytest.mark.parametrize("fault", EXPECTED)
def test_each_gives_its_own_error(stack: Stack, client: HttpClient, source: str, fault: str) -> None:
    began = time.monotonic()
    with drilled(stack, source, fault), pytest.raises(errors.SourceError) as caught:
        block_of(client.fetch([MARIA]), MARIA)
    assert type(caught.value) is EXPECTED[fault], f"{fault}: {caught.value}"
    assert time.monotonic() - began < 4
    for personal in (MARIA, "Maria"):
        assert personal not in str(caught.value)
    assert block_of(client.fetch([MARIA]), MARIA).presence is Presence.FOUND, "and then all is well"
