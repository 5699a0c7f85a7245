"""Circuit, pauses and limits of a source, in the real Redis that all workers share."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from orchestrator import breaker, build, cache, conf, dossiers
from orchestrator.conditions import Circuit
from orchestrator.errors import (
    BadAnswer,
    BadCredentials,
    CircuitOpen,
    Limited,
    Paused,
    Postponed,
    Refused,
    ServerError,
    SourceError,
    TimedOut,
    TooLarge,
    Unreachable,
)
from orchestrator.models import Attempt, DossierRequest
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.source import FakeSource, body, status
from tests.integration.orchestrator.conftest import run, states
from tests.stack import eventually

Ask = Callable[..., DossierRequest]
Fakes = dict[str, FakeSource]
SOURCE = "alpha"
OPEN_SECONDS = 0.4


@pytest.fixture(autouse=True)
def _small(fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "BREAKER_FEWEST_CALLS", 4)
    monkeypatch.setattr(conf, "BREAKER_CALLS", 8)
    monkeypatch.setattr(conf, "BREAKER_OPEN_SECONDS", OPEN_SECONDS)
    monkeypatch.setattr(conf, "BACKOFF_FIRST_SECONDS", 0.0)


def call(error: SourceError | None = None) -> None:
    """One call that ends so."""
    with breaker.passing(SOURCE):
        if error:
            raise error


def fail(times: int, error: type[SourceError] = ServerError) -> None:
    """So many calls that fail."""
    for _ in range(times):
        with pytest.raises(error):
            call(error())


def circuit() -> Circuit:
    return breaker.gate(SOURCE).circuit


def half_open() -> None:
    """The circuit has opened and its pause is over."""
    fail(4)
    eventually(circuit, until=lambda now: now is Circuit.HALF_OPEN, seconds=5)


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
    with breaker.passing(SOURCE):
        with ThreadPoolExecutor(8) as pool:
            others = [pool.submit(call) for _ in range(8)]
        assert {type(other.exception()) for other in others} == {CircuitOpen}
    assert circuit() is Circuit.CLOSED
    call()


def test_a_probe_that_was_never_made_closes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    half_open()
    with monkeypatch.context() as full:
        full.setattr(breaker, "_within_rate", lambda _: False)
        with pytest.raises(Postponed):
            call()
    assert circuit() is Circuit.HALF_OPEN
    with pytest.raises(ZeroDivisionError), breaker.passing(SOURCE):
        1 / 0  # noqa: B018
    assert circuit() is Circuit.HALF_OPEN
    call()
    assert circuit() is Circuit.CLOSED


def test_a_probe_that_fails_opens_it_anew() -> None:
    half_open()
    fail(1)
    assert circuit() is Circuit.OPEN


def test_a_probe_whose_process_died_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    half_open()
    monkeypatch.setattr(conf, "LEASE_SECONDS", 0.2)
    breaker._enter(SOURCE, "dies")
    with pytest.raises(CircuitOpen):
        call()
    eventually(lambda: _passes(), seconds=5)
    assert circuit() is Circuit.CLOSED


def test_a_late_result_of_before_says_nothing_about_now() -> None:
    breaker._enter(SOURCE, "slow")
    fail(4)
    breaker._leave(SOURCE, "slow", "answered")
    assert circuit() is Circuit.OPEN


def test_sources_do_not_share_a_circuit() -> None:
    fail(4)
    assert breaker.gate("beta").circuit is Circuit.CLOSED


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
        away.setattr(breaker, "_script", lambda name: nobody.register_script("return 1"))
        call()
        assert circuit() is Circuit.UNKNOWN
    nobody.close()


def test_a_redis_that_lost_all_closes_nothing() -> None:
    fail(4)
    cache.redis().flushall()
    cache.redis().script_flush()
    call()
    assert circuit() is Circuit.CLOSED


def test_when_open_requests_do_not_wait_and_the_last_good_block_is_carried(
    ask: Ask, fake_sources: Fakes
) -> None:
    run(ask(MARIA))
    fail(3)
    ended = run(ask(MARIA, fresh=True))
    assert (ended.state, states(ended)[SOURCE]) == ("partial", "stale")
    assert (ended.sources[0].error_code, ended.sources[0].attempts) == ("circuit_open", 0)
    assert len(fake_sources[SOURCE].calls) == 1
    assert Attempt.objects.filter(source=SOURCE).count() == 1, "what was not called is no attempt"


def test_when_open_a_block_that_never_was_is_missing_at_once(ask: Ask) -> None:
    fail(4)
    ended = run(ask(JOAO))
    assert (states(ended)[SOURCE], ended.sources[0].error_code) == ("failed", "circuit_open")
    assert states(ended)["beta"] == "not_found"


def test_real_answers_open_and_close_it(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources[SOURCE].always = status(503)
    for cpf in (MARIA, JOAO):
        asked = ask(cpf)
        for _ in range(conf.MAX_ATTEMPTS):
            run(asked)
    assert circuit() is Circuit.OPEN
    fake_sources[SOURCE].always = None
    eventually(circuit, until=lambda now: now is Circuit.HALF_OPEN, seconds=5)
    assert run(ask(ANA)).state == "complete"
    assert circuit() is Circuit.CLOSED


def test_one_persons_bad_row_does_not_speak_against_the_source(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources[SOURCE].people[MARIA]["debts"][0]["value"] = "abc"
    for _ in range(4):
        run(ask(MARIA, fresh=True))
    assert circuit() is Circuit.CLOSED
    reason = Attempt.objects.filter(source=SOURCE).values_list("reason", flat=True)[0]
    assert reason == "debts, row 1: value is not money"


def test_no_more_calls_at_once_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_AT_ONCE", "2")
    with breaker.passing(SOURCE), breaker.passing(SOURCE), pytest.raises(Postponed):
        call()
    call()


def test_the_place_of_a_process_that_died_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_AT_ONCE", "1")
    monkeypatch.setattr(conf, "LEASE_SECONDS", 0.2)
    breaker._enter(SOURCE, "dies")
    with pytest.raises(Postponed):
        call()
    eventually(_passes, seconds=5)


def test_no_more_calls_a_second_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_PER_SECOND", "5")
    began, made = time.monotonic(), 0
    while time.monotonic() < began + 2:
        made += _passes()
    assert 5 <= made <= 15, "two seconds' worth, and the window's edge"


def test_what_is_postponed_is_queued_and_no_attempt(
    ask: Ask, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_AT_ONCE", "1")
    asked = ask()
    alpha = asked.build.fetches.get(source=SOURCE)
    with breaker.passing(SOURCE):
        wait = build.fetch(alpha.pk)
    assert wait is not None
    alpha.refresh_from_db()
    assert (alpha.state, alpha.attempts, alpha.error_code) == ("pending", 0, "")
    assert alpha.next_attempt_at is not None
    alpha.build.fetches.update(next_attempt_at=None)
    assert run(asked).state == "complete"


def test_what_is_postponed_after_a_failure_still_says_why(
    ask: Ask, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_sources[SOURCE].script.append(status(503))
    alpha = ask().build.fetches.get(source=SOURCE)
    build.fetch(alpha.pk)
    monkeypatch.setenv("SOURCE_ALPHA_AT_ONCE", "1")
    with breaker.passing(SOURCE):
        build.fetch(alpha.pk)
    alpha.refresh_from_db()
    assert (alpha.state, alpha.attempts, alpha.error_code) == ("waiting_retry", 1, "server_error")


def test_a_retry_after_pauses_the_source_for_everyone(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources[SOURCE].script.append(status(429, Retry_After="20"))
    run(ask(MARIA))
    paused = breaker.gate(SOURCE).paused_seconds
    assert paused is not None
    assert 15 < paused <= 20
    other = ask(JOAO)
    run(other)
    assert len(fake_sources[SOURCE].calls) == 1, "nobody calls meanwhile"
    waiting = dossiers.status(other.pk).sources[0]
    assert (waiting.state, waiting.error_code, waiting.attempts) == ("waiting_retry", "limited", 0)


def test_a_pause_beyond_the_deadline_ends_the_fetch_at_once(ask: Ask, fake_sources: Fakes) -> None:
    breaker.pause(SOURCE, 120)
    ended = run(ask(MARIA))
    assert (ended.state, states(ended)[SOURCE], ended.sources[0].error_code) == (
        "partial",
        "failed",
        "limited",
    )


def test_a_pause_is_never_longer_than_five_minutes_nor_shortened() -> None:
    breaker.pause(SOURCE, 86_400)
    breaker.pause(SOURCE, 1)
    paused = breaker.gate(SOURCE).paused_seconds
    assert paused is not None
    assert 290 < paused <= 300
    with pytest.raises(Paused):
        call()


def test_garbage_for_everyone_opens_the_circuit(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources[SOURCE].always = body(b"<html>")
    for cpf in (MARIA, JOAO):
        asked = ask(cpf)
        for _ in range(conf.MAX_ATTEMPTS):
            run(asked)
    assert circuit() is Circuit.OPEN


def _passes() -> bool:
    try:
        call()
    except (CircuitOpen, Postponed):
        return False
    return True
