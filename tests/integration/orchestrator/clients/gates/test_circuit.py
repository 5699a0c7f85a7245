"""Circuit of a source, in the real Redis that all workers share: what opens it and what closes it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from orchestrator import cache, conf
from orchestrator.clients import gates
from orchestrator.errors import (
    BadAnswer,
    BadCredentials,
    CircuitOpen,
    Limited,
    Postponed,
    Refused,
    ServerError,
    SourceError,
    TimedOut,
    TooLarge,
    Unreachable,
)
from orchestrator.records.conditions import Circuit
from tests.integration.orchestrator.clients.gates.conftest import (
    SOURCE,
    call,
    circuit,
    fail,
    half_open,
    passes,
)
from tests.stack import eventually


def test_enough_failures_open_the_circuit_and_then_nobody_calls() -> None:
    fail(3)
    assert circuit() is Circuit.CLOSED, "too few calls to tell"
    fail(1)
    assert circuit() is Circuit.OPEN
    with pytest.raises(CircuitOpen):
        call()


def test_a_ratio_opens_it_not_a_number() -> None:
    for _ in range(6):
        call()
    fail(3)
    assert circuit() is Circuit.CLOSED, "three of eight"
    fail(1)
    assert circuit() is Circuit.OPEN, "four of the last eight"


@pytest.mark.parametrize("error", [Unreachable, TimedOut, ServerError, BadAnswer])
def test_what_speaks_against_the_source_counts(error: type[SourceError]) -> None:
    fail(4, error)
    assert circuit() is Circuit.OPEN


@pytest.mark.parametrize("error", [Refused, BadCredentials, Limited, TooLarge])
def test_what_is_our_own_fault_or_one_persons_does_not(error: type[SourceError]) -> None:
    fail(10, error)
    assert circuit() is Circuit.CLOSED


def test_after_the_pause_one_probe_of_many_goes_through_and_closes_it() -> None:
    half_open()
    with gates.passing(SOURCE):
        with ThreadPoolExecutor(8) as pool:
            others = [pool.submit(call) for _ in range(8)]
        assert {type(other.exception()) for other in others} == {CircuitOpen}
    assert circuit() is Circuit.CLOSED
    call()


def test_a_probe_that_was_never_made_closes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    half_open()
    with monkeypatch.context() as full:
        full.setattr(conf, "per_second", lambda _: 0)
        with pytest.raises(Postponed):
            call()
    assert circuit() is Circuit.HALF_OPEN
    with pytest.raises(ZeroDivisionError), gates.passing(SOURCE):
        1 / 0  # noqa: B018
    assert circuit() is Circuit.HALF_OPEN
    call()
    assert circuit() is Circuit.CLOSED


def test_a_probe_that_fails_opens_it_anew() -> None:
    half_open()
    fail(1)
    assert circuit() is Circuit.OPEN


def test_a_probe_whose_process_died_is_followed_by_another(
    die: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    half_open()
    monkeypatch.setattr(conf, "LEASE_SECONDS", 0.2)
    die()
    with pytest.raises(CircuitOpen):
        call()
    eventually(lambda: passes(), seconds=5)
    assert circuit() is Circuit.CLOSED


def test_a_late_result_of_before_says_nothing_about_now() -> None:
    with gates.passing(SOURCE):
        fail(4)
    assert circuit() is Circuit.OPEN


def test_sources_do_not_share_a_circuit() -> None:
    fail(4)
    assert gates.gate("beta").circuit is Circuit.CLOSED


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "BREAKER", False)
    fail(10)
    assert circuit() is Circuit.OFF
    call()


def test_without_redis_every_call_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(4)
    with monkeypatch.context() as away:
        nobody = Redis.from_url("redis://127.0.0.1:9/0")
        away.setattr(cache, "redis", lambda: nobody)
        call()
        assert circuit() is Circuit.UNKNOWN
    nobody.close()


def test_a_redis_that_lost_all_closes_nothing() -> None:
    fail(4)
    cache.redis().flushall()
    cache.redis().script_flush()
    call()
    assert circuit() is Circuit.CLOSED
