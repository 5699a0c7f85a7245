"""Bulk calls to a source: with patience, within the source's limits and our own."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from orchestrator import breaker, conf, retries
from orchestrator.clients import registry
from orchestrator.clients.protocol import Client
from orchestrator.errors import Crowded, Limited, Postponed, SourceError

_CLOSED_SECONDS = 0.5  # the longest until a call tries again that the circuit did not let through

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Called(Generic[T]):
    """What came of it: `value`, or `error` where it failed. `seconds` are those of all calls made."""

    value: T | None
    seconds: float
    error: SourceError | None = None

    @property
    def is_unmade(self) -> bool:
        """Whether no call came through, so that nothing is known of how the source does: its circuit
        was open, it had asked for a pause, or no place of ours came free."""
        return self.error is not None and (not self.error.was_called or isinstance(self.error, Limited))


def bulk(source: str, call: Callable[[Client], T]) -> Called[T]:
    """Calls, again after a wait where that may help, for as long as one part of a chunk deserves.

    Only calls that were made, and told something, count as tries and as failures. Waits in place: a
    bounded number of chunks is under way, and each of their calls has a process of its own.
    """
    ends_at, failed, seconds = time.monotonic() + conf.RUN_PATIENCE_SECONDS, 0, 0.0
    failure: SourceError | None = None
    while True:
        began = time.monotonic()
        try:
            with breaker.passing(source, breaker.BULK):
                began = time.monotonic()
                value = call(registry.client(source))
            return Called(value=value, seconds=seconds + time.monotonic() - began)
        except Postponed as later:
            unmade: SourceError = Crowded("no place in time")
            wait: float | None = later.seconds
        except Limited as limited:
            unmade = limited
            wait = _jittered(conf.BACKOFF_LAST_SECONDS) + (limited.retry_after or 0.0)
        except SourceError as error:
            if error.was_called:
                failure, failed, seconds = error, failed + 1, seconds + time.monotonic() - began
                wait = _wait(error, failed, ends_at)
            else:
                unmade, wait = error, _jittered(_CLOSED_SECONDS)
        if wait is None or time.monotonic() + wait > ends_at:
            return Called(value=None, seconds=seconds, error=failure or unmade)
        time.sleep(wait)


def _wait(error: SourceError, calls: int, ends_at: float) -> float | None:
    return retries.wait_before_retry(
        error,
        attempts=calls,
        max_attempts=conf.RUN_ATTEMPTS,
        seconds_left=ends_at - time.monotonic(),
        random=random.random,
    )


def _jittered(seconds: float) -> float:
    return seconds * (1 + random.random()) / 2  # noqa: S311 - spreads calls, keeps no secret
