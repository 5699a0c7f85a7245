"""Retry as a table: which error, which try, how long."""

import pytest

from orchestrator import errors
from orchestrator.clients.gates import wait_before_retry


def wait(error: errors.SourceError, attempts: int = 1, left: float = 30.0, luck: float = 1.0) -> float | None:
    return wait_before_retry(error, attempts=attempts, max_attempts=3, seconds_left=left, random=lambda: luck)


@pytest.mark.parametrize(
    "kind",
    [
        errors.Unreachable,
        errors.TimedOut,
        errors.ServerError,
        errors.Limited,
        errors.BadAnswer,
        errors.TooLarge,
    ],
)
def test_what_may_pass_is_tried_again(kind: type[errors.SourceError]) -> None:
    assert wait(kind()) == 0.5


@pytest.mark.parametrize("kind", [errors.Refused, errors.BadCredentials, errors.CircuitOpen])
def test_what_will_not_pass_is_not_tried_again(kind: type[errors.SourceError]) -> None:
    assert wait(kind()) is None


def test_the_wait_doubles_with_each_attempt() -> None:
    assert [wait(errors.TimedOut(), attempts=attempt) for attempt in (1, 2)] == [0.5, 1.0]


def test_the_jitter_takes_at_most_half() -> None:
    assert wait(errors.TimedOut(), luck=0.0) == 0.25


def test_the_last_attempt_is_the_last() -> None:
    assert wait(errors.TimedOut(), attempts=3) is None


def test_no_wait_goes_beyond_the_deadline() -> None:
    assert wait(errors.TimedOut(), left=0.4) is None


def test_the_sources_own_retry_after_is_honoured() -> None:
    assert wait(errors.Limited(retry_after=7.0)) == 7.5, "and not all who wait come back at once"


def test_a_pause_that_was_met_is_no_attempt() -> None:
    assert wait(errors.Paused(retry_after=1.0), attempts=3) == 3.0


def test_a_retry_after_beyond_the_deadline_ends_it() -> None:
    assert wait(errors.Limited(retry_after=60.0)) is None


def test_the_wait_never_exceeds_its_ceiling() -> None:
    never = wait_before_retry(
        errors.TimedOut(), attempts=20, max_attempts=99, seconds_left=30.0, random=lambda: 1.0
    )
    assert never == 4.0
