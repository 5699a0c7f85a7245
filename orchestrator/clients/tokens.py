"""A source's OAuth token, shared by all workers and renewed before it expires.

Clocks are not compared: Redis forgets the shared token in time, and this process keeps its own
copy by the monotonic clock. One thread renews; the others wait for it no longer than their own
call may take, and share its failure: a hanging token endpoint must not hold them one by one.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from orchestrator import cache
from orchestrator.errors import SourceError, TimedOut

_EARLY_SECONDS = 60.0  # a token is renewed this long before it expires
_COPY_SECONDS = 30.0  # a shared token is looked up anew this often; less than _EARLY_SECONDS
_FAILURE_SECONDS = 1.0  # who waited for a renewal that failed does not try it at once again


@dataclass(frozen=True, kw_only=True)
class Token:
    """A Bearer token and how long it was good for when it was issued."""

    value: str
    seconds: float


class Tokens:
    """Gives the token of one source; `issue` asks for a new one until a monotonic instant.

    Both methods take the monotonic instant at which the caller's call ends, and raise what
    `issue` raises, or TimedOut.
    """

    def __init__(self, source: str, issue: Callable[[float], Token]) -> None:
        self._key, self._issue = f"token:{source}", issue
        self._lock = threading.Lock()
        self._value, self._good_until = "", 0.0
        self._failure: SourceError | None = None
        self._failed_until = 0.0

    def current(self, ends_at: float) -> str:
        """A token that is good for a call."""
        if time.monotonic() < self._good_until:
            return self._value
        with self._alone(ends_at):
            if time.monotonic() < self._good_until:
                return self._value
            shared = cache.recall(self._key)
            return self._hold(shared, _COPY_SECONDS) if shared else self._renew(ends_at)

    def after_refusal(self, refused: str, ends_at: float) -> str:
        """Another token than the one that the source refused: a sibling's, or a new one."""
        with self._alone(ends_at):
            if self._value not in ("", refused):
                return self._value
            shared = cache.recall(self._key)
            other = shared if shared != refused else None
            return self._hold(other, _COPY_SECONDS) if other else self._renew(ends_at)

    @contextmanager
    def _alone(self, ends_at: float) -> Iterator[None]:
        if not self._lock.acquire(timeout=max(0.0, ends_at - time.monotonic())):
            raise TimedOut("somebody else's renewal of the token hangs")
        try:
            yield
        finally:
            self._lock.release()

    def _renew(self, ends_at: float) -> str:
        if self._failure and time.monotonic() < self._failed_until:
            raise self._failure.again()
        try:
            token = self._issue(ends_at)
        except SourceError as error:
            self._failure, self._failed_until = error, time.monotonic() + _FAILURE_SECONDS
            raise
        seconds = max(token.seconds - _EARLY_SECONDS, token.seconds / 2)
        cache.remember(self._key, token.value, int(seconds))
        return self._hold(token.value, seconds)

    def _hold(self, value: str, seconds: float) -> str:
        self._value, self._good_until = value, time.monotonic() + seconds
        return value
