"""Bulk calls to a source: with patience, within the source's limits and our own."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from orchestrator import breaker, conf, retries
from orchestrator.clients import registry
from orchestrator.clients.protocol import Client
from orchestrator.errors import Limited, Postponed, SourceError
from orchestrator.models import Attempt

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Called(Generic[T]):
    """What came of it: `value`, or `error` where it failed. `seconds` are those of all calls made."""

    value: T | None
    seconds: float
    error: SourceError | None = None


def bulk(source: str, call: Callable[[Client], T]) -> Called[T]:
    """Calls, again after a wait where that may help, for as long as one part of a chunk deserves.

    Waits in place, which holds up nobody: a run has a bounded number of chunks under way.
    """
    ends_at, calls, seconds = time.monotonic() + conf.RUN_PATIENCE_SECONDS, 0, 0.0
    while True:
        began = time.monotonic()
        try:
            with breaker.passing(source, breaker.BULK):
                began = time.monotonic()
                value = call(registry.client(source))
            took = time.monotonic() - began
            _note(source, calls + 1, took)
            return Called(value=value, seconds=seconds + took)
        except Postponed as later:
            error: SourceError = Limited("no place in time")
            wait: float | None = later.seconds
        except SourceError as failure:
            error, took = failure, time.monotonic() - began
            if failure.was_called:
                calls, seconds = calls + 1, seconds + took
                _note(source, calls, took, failure)
            wait = _wait(failure, calls, ends_at)
        if wait is None or time.monotonic() + wait > ends_at:
            return Called(value=None, seconds=seconds, error=error)
        time.sleep(wait)


def _note(source: str, number: int, seconds: float, error: SourceError | None = None) -> None:
    """Keeps a call in the source's history, of which its health is told."""
    attempt = Attempt(source=source, number=number, seconds=seconds, status_code=200)
    if error is not None:
        attempt.error_code, attempt.status_code = error.code, error.status_code
        attempt.reason = "" if str(error) == error.code else str(error)
    attempt.save(force_insert=True)


def _wait(error: SourceError, calls: int, ends_at: float) -> float | None:
    return retries.wait_before_retry(
        error,
        attempts=max(calls, 1),
        max_attempts=conf.RUN_ATTEMPTS,
        seconds_left=ends_at - time.monotonic(),
        random=random.random,
    )
