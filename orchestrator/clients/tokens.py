"""A source's OAuth token, shared by all workers and renewed before it expires.

Clocks are not compared: Redis forgets the shared token in time, and this process keeps its own
copy by the monotonic clock.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator import cache

_EARLY_SECONDS = 60.0  # a token is renewed this long before it expires
_COPY_SECONDS = 30.0  # a shared token is looked up anew this often; less than _EARLY_SECONDS


@dataclass(frozen=True, kw_only=True)
class Token:
    """A Bearer token and how long it was good for when it was issued."""

    value: str
    seconds: float


class Tokens:
    """Gives the token of one source; `issue` asks the source for a new one."""

    def __init__(self, source: str, issue: Callable[[], Token]) -> None:
        self._key, self._issue = f"token:{source}", issue
        self._lock = threading.Lock()
        self._value, self._good_until = "", 0.0

    def current(self) -> str:
        """A token that is good for a call. Raises what `issue` raises."""
        if time.monotonic() < self._good_until:
            return self._value
        with self._lock:
            if time.monotonic() < self._good_until:
                return self._value
            shared = cache.recall(self._key)
            return self._hold(shared, _COPY_SECONDS) if shared else self._renew()

    def after_refusal(self, refused: str) -> str:
        """Another token than the one that the source refused: a sibling's, or a new one."""
        with self._lock:
            if self._value not in ("", refused):
                return self._value
            shared = cache.recall(self._key)
            return self._hold(shared, _COPY_SECONDS) if shared and shared != refused else self._renew()

    def _renew(self) -> str:
        token = self._issue()
        seconds = max(token.seconds - _EARLY_SECONDS, token.seconds / 2)
        cache.remember(self._key, token.value, int(seconds))
        return self._hold(token.value, seconds)

    def _hold(self, value: str, seconds: float) -> str:
        self._value, self._good_until = value, time.monotonic() + seconds
        return value
