"""Bulk calls to a source: with patience, within the source's limits and our own."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection

from orchestrator import conf
from orchestrator.clients import gates, registry
from orchestrator.clients.registry import SourceClient
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


def bulk(source: str, call: Callable[[SourceClient], T], *, patience: float | None = None) -> Called[T]:
    """Calls, again after a wait where that may help, for so many seconds: unless told, for as long as one
    part of a chunk deserves.

    Only calls that were made, and told something, count as tries and as failures. Waits in place: a
    bounded number of chunks is under way, and each of their calls has a process of its own.
    """
    ends_at = time.monotonic() + (conf.RUN_PATIENCE_SECONDS if patience is None else patience)
    calls, failed, seconds = 0, 0, 0.0
    failure: SourceError | None = None
    while True:
        began = time.monotonic()
        try:
            with gates.passing(source, gates.BULK):
                began = time.monotonic()
                value = call(registry.client(source))
            took = time.monotonic() - began
            _note(source, calls + 1, took)
            return Called(value=value, seconds=seconds + took)
        except Postponed as later:
            unmade: SourceError = Crowded("no place in time")
            wait: float | None = later.seconds
        except SourceError as error:
            took = time.monotonic() - began
            if error.was_called:
                calls, seconds = calls + 1, seconds + took
                _note(source, calls, took, error)
            if not error.was_called or isinstance(error, Limited):
                unmade, wait = error, _seconds_until_let_through(error)
            else:
                failure, failed = error, failed + 1
                wait = gates.wait_before_retry(
                    error,
                    attempts=failed,
                    max_attempts=conf.RUN_ATTEMPTS,
                    seconds_left=ends_at - time.monotonic(),
                    random=random.random,
                )
        if wait is None or time.monotonic() + wait > ends_at:
            return Called(value=None, seconds=seconds, error=failure or unmade)
        time.sleep(wait)


def _note(source: str, number: int, seconds: float, error: SourceError | None = None) -> None:
    """Keeps a call in the source's history, of which its health is told."""
    code, reason, status = "", "", error.status_code if error else 200
    if error is not None:
        code, reason = error.code, "" if str(error) == error.code else str(error)
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [source, number, seconds, code, reason, status])


_NOTE = """
insert into orchestrator_attempt (source, number, seconds, error_code, reason, status_code)
values (%s, %s, %s, %s, %s, %s)
"""


def _seconds_until_let_through(error: SourceError) -> float:
    """Until the circuit may have closed, or the pause that the source asked for is over."""
    asked, longest = 0.0, _CLOSED_SECONDS
    if isinstance(error, Limited):
        asked, longest = error.retry_after or 0.0, conf.BACKOFF_LAST_SECONDS
    return asked + longest * (1 + random.random()) / 2  # noqa: S311  # nosec B311  # spreads calls
