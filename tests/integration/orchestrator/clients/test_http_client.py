"""The real client against a real socket: tokens, limits, and servers that misbehave."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from orchestrator import cache, conf
from orchestrator.clients import alpha
from orchestrator.clients.http import HttpClient
from orchestrator.clients.parsing.answers import block_of
from orchestrator.errors import BadCredentials, TimedOut, Unreachable
from orchestrator.records.dossiers import Presence
from tests.fakes.people import JOAO, MARIA
from tests.fakes.source import FakeSource, self_signed, serving, status, trickle, trickle_headers

Fakes = dict[str, FakeSource]


@pytest.fixture
def client(fake_sources: Fakes) -> HttpClient:
    """A client of its own, as another worker would have."""
    return HttpClient(alpha.SOURCE)


def test_one_call_asks_for_several_people(client: HttpClient, fake_sources: Fakes) -> None:
    blocks = client.fetch([MARIA, JOAO])
    assert tuple(block_of(blocks, cpf).presence for cpf in (MARIA, JOAO)) == (
        Presence.FOUND,
        Presence.NOT_FOUND,
    )
    assert fake_sources["alpha"].calls == [[MARIA, JOAO]]


def test_a_token_is_asked_for_once_and_shared_between_workers(
    client: HttpClient, fake_sources: Fakes
) -> None:
    client.fetch([MARIA])
    client.fetch([MARIA])
    HttpClient(alpha.SOURCE).fetch([MARIA])
    assert fake_sources["alpha"].tokens_issued == 1


def test_a_shared_token_lies_sealed_in_redis(client: HttpClient) -> None:
    client.fetch([MARIA])
    raw: Any = cache.redis().get("dossier:token:alpha")
    assert raw is not None
    assert b"token-1" not in raw


def test_a_refused_token_is_renewed_once(client: HttpClient, fake_sources: Fakes) -> None:
    client.fetch([MARIA])
    fake_sources["alpha"].revoked.add("token-1")
    assert block_of(client.fetch([MARIA]), MARIA).presence is Presence.FOUND
    assert fake_sources["alpha"].tokens_issued == 2


def test_a_source_that_refuses_every_token_is_a_matter_of_credentials(
    client: HttpClient, fake_sources: Fakes
) -> None:
    fake_sources["alpha"].always = status(401)
    with pytest.raises(BadCredentials):
        client.fetch([MARIA])
    assert len(fake_sources["alpha"].calls) == 2


def test_a_token_is_renewed_before_it_expires(
    client: HttpClient, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_sources["alpha"].token_seconds = 100
    client.fetch([MARIA])
    now = time.monotonic()
    cache.redis().flushdb()  # Redis forgets it by its own clock
    monkeypatch.setattr(time, "monotonic", lambda: now + 51)
    client.fetch([MARIA])
    assert fake_sources["alpha"].tokens_issued == 2


def test_nobody_listening_is_unreachable(fake_sources: Fakes) -> None:
    endpoint = conf.Endpoint(url="http://127.0.0.1:9", client_id="x", client_secret="x")
    with pytest.raises(Unreachable):
        HttpClient(alpha.SOURCE, endpoint).fetch([MARIA])


@pytest.mark.parametrize("slow", [trickle, trickle_headers])
def test_an_answer_that_never_ends_is_given_up_at_the_end_of_the_whole_call(
    client: HttpClient, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch, slow: object
) -> None:
    monkeypatch.setattr(conf, "CALL_SECONDS", 0.5)
    fake_sources["alpha"].always = slow  # type: ignore[assignment]
    started = time.monotonic()
    with pytest.raises(TimedOut):
        client.fetch([MARIA])
    assert time.monotonic() - started < 3


def test_an_answer_that_never_ends_is_given_up_over_tls_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setattr(conf, "CA_BUNDLE", str(certificate))
    monkeypatch.setattr(conf, "CALL_SECONDS", 0.5)
    with serving(FakeSource("alpha", always=trickle), certificate) as fake:
        endpoint = conf.Endpoint(url=fake.url, client_id="x", client_secret="x")
        started = time.monotonic()
        with pytest.raises(TimedOut):
            HttpClient(alpha.SOURCE, endpoint).fetch([MARIA])
        assert time.monotonic() - started < 3


def test_a_source_is_spoken_to_over_tls_and_a_stranger_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cache.redis().flushdb()
    certificate = self_signed(tmp_path)
    with serving(FakeSource("alpha", anyone=True), certificate) as fake:
        endpoint = conf.Endpoint(url=fake.url, client_id="x", client_secret="x")
        with pytest.raises(Unreachable):
            HttpClient(alpha.SOURCE, endpoint).fetch([MARIA])
        monkeypatch.setattr(conf, "CA_BUNDLE", str(certificate))
        assert block_of(HttpClient(alpha.SOURCE, endpoint).fetch([MARIA]), MARIA).presence is Presence.FOUND
    cache.redis().flushdb()


def test_token_and_answer_together_take_no_longer_than_one_call(
    client: HttpClient, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "CALL_SECONDS", 0.6)
    fake_sources["alpha"].token_delay = fake_sources["alpha"].delay = 0.4
    with pytest.raises(TimedOut):
        client.fetch([MARIA])


def test_who_waits_for_a_token_that_hangs_shares_its_failure(
    client: HttpClient, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "CALL_SECONDS", 0.5)
    fake_sources["alpha"].token_delay = 5.0

    def fetch(_: int) -> str:
        try:
            client.fetch([MARIA])
        except TimedOut as error:
            return error.code
        return "answered"

    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(fetch, range(8))) == {"timeout"}
    assert time.monotonic() - started < 2.0, "one after the other they would take four seconds"


def test_a_source_that_accepts_and_says_nothing_is_timed_out(
    client: HttpClient, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.fetch([MARIA])
    monkeypatch.setattr(conf, "READ_SECONDS", 0.2)
    fake_sources["alpha"].delay = 1.0
    with pytest.raises(TimedOut):
        client.fetch([MARIA])


def test_losing_redis_costs_a_token_and_nothing_else(
    client: HttpClient, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as gone:
        gone.setattr(cache, "redis", lambda: Redis.from_url("redis://127.0.0.1:9/0"))
        assert block_of(client.fetch([MARIA]), MARIA).presence is Presence.FOUND
        assert block_of(client.fetch([MARIA]), MARIA).presence is Presence.FOUND
    assert fake_sources["alpha"].tokens_issued == 1, "this process keeps its own copy"
