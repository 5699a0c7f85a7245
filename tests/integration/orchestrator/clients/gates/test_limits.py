"""Limits and pauses of a source, in the real Redis: calls at once, calls a second, none for a while."""

import time
from collections.abc import Callable

import pytest

from orchestrator import conf, dossiers
from orchestrator.clients import gates
from orchestrator.errors import Paused, Postponed
from orchestrator.requests import building
from tests.fakes.people import JOAO, MARIA
from tests.fakes.source import status
from tests.integration.orchestrator.clients.gates.conftest import SOURCE, Ask, call, passes
from tests.integration.orchestrator.conftest import Fakes, run, states
from tests.stack import eventually


def test_no_more_calls_at_once_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_AT_ONCE", "2")
    with gates.passing(SOURCE), gates.passing(SOURCE), pytest.raises(Postponed):
        call()
    call()


def test_the_place_of_a_process_that_died_is_free_again(
    die: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_AT_ONCE", "1")
    monkeypatch.setattr(conf, "LEASE_SECONDS", 0.2)
    die()
    with pytest.raises(Postponed):
        call()
    eventually(passes, seconds=5)


def test_no_more_calls_a_second_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_PER_SECOND", "5")
    began, made = time.monotonic(), 0
    while time.monotonic() < began + 2:
        made += passes()
    assert 5 <= made <= 15, "two seconds' worth, and the window's edge"


def test_what_is_postponed_is_queued_and_no_attempt(
    ask: Ask, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_AT_ONCE", "1")
    asked = ask()
    alpha = asked.build.fetches.get(source=SOURCE)
    with gates.passing(SOURCE):
        wait = building.fetch(alpha.pk)
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
    building.fetch(alpha.pk)
    monkeypatch.setenv("SOURCE_ALPHA_AT_ONCE", "1")
    with gates.passing(SOURCE):
        building.fetch(alpha.pk)
    alpha.refresh_from_db()
    assert (alpha.state, alpha.attempts, alpha.error_code) == ("waiting_retry", 1, "server_error")


def test_a_retry_after_pauses_the_source_for_everyone(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources[SOURCE].script.append(status(429, Retry_After="20"))
    run(ask(MARIA))
    paused = gates.gate(SOURCE).paused_seconds
    assert paused is not None
    assert 15 < paused <= 20
    other = ask(JOAO)
    run(other)
    assert len(fake_sources[SOURCE].calls) == 1, "nobody calls meanwhile"
    waiting = dossiers.status(other.pk).sources[0]
    assert (waiting.state, waiting.error_code, waiting.attempts) == ("waiting_retry", "limited", 0)


def test_a_pause_beyond_the_deadline_ends_the_fetch_at_once(ask: Ask, fake_sources: Fakes) -> None:
    gates.pause(SOURCE, 120)
    ended = run(ask(MARIA))
    assert (ended.state, states(ended)[SOURCE], ended.sources[0].error_code) == (
        "partial",
        "failed",
        "limited",
    )


def test_a_pause_is_never_longer_than_five_minutes_nor_shortened() -> None:
    gates.pause(SOURCE, 86_400)
    gates.pause(SOURCE, 1)
    paused = gates.gate(SOURCE).paused_seconds
    assert paused is not None
    assert 290 < paused <= 300
    with pytest.raises(Paused):
        call()
