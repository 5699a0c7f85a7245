"""Counts that begin anew after a while: in Redis, where all processes share them, else in this process.

Redis is asked once for any number of counts, and left alone for a while when it did not answer: then this
process counts by itself, so that nothing is unbounded while Redis is away. The library `limits` would ask
twice, once to count and once to tell what is left, and starts threads for its counts in memory.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from threading import Lock
from typing import Any

import structlog
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

_SECONDS = 0.25  # for a connection and for an answer: less than anybody notices
_AWAY_SECONDS = 2.0  # Redis that did not answer is left alone for so long: waits must not add up
_MOST = 10_000  # counts in memory

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Step:
    """By how much a count goes up, and how long one lasts that begins with that; 0 only looks."""

    key: str
    seconds: int
    by: int


@dataclass(frozen=True, kw_only=True)
class Count:
    """How far a count has come, and in how many seconds it begins anew."""

    number: int
    seconds_left: float


class Memory:
    """Counts of one process, a bounded number; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, tuple[int, float]] = {}  # the one that went up last is the last one

    def count(self, step: Step) -> Count:
        """Goes up, and tells how far."""
        now = time.monotonic()
        with self._lock:
            number, ends = self._counts.get(step.key, (0, 0.0))
            if ends <= now:
                number, ends = 0, now + step.seconds
            if step.by:
                self._counts.pop(step.key, None)
                if len(self._counts) >= _MOST:
                    self._forget(now)
                self._counts[step.key] = (number + step.by, ends)
        return Count(number=number + step.by, seconds_left=ends - now)

    def _forget(self, now: float) -> None:
        """What is over; where nothing is, a tenth: what has not gone up for longest."""
        over = [key for key, (_, ends) in self._counts.items() if ends <= now]
        for key in over or list(islice(self._counts, _MOST // 10)):
            del self._counts[key]


class Shared:
    """Counts in Redis, and without it those of this process."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, health_check_interval=30
        )
        self._away_until = 0.0  # by the monotonic clock

    def count(self, steps: Sequence[Step]) -> list[Count]:
        """All of them go up, in one message; never raises."""
        if time.monotonic() >= self._away_until:
            try:
                return self._asked(steps)
            except RedisError as error:
                self._away_until = time.monotonic() + _AWAY_SECONDS
                log.warning("limits.redis_unavailable", reason=type(error).__name__)
        return [memory.count(step) for step in steps]

    def _asked(self, steps: Sequence[Step]) -> list[Count]:
        pipeline: Any = self._redis.pipeline()  # one transaction: a count never stays without its end
        for step in steps:
            if step.by:
                pipeline.set(step.key, 0, px=step.seconds * 1000, nx=True).incrby(step.key, step.by)
            else:
                pipeline.exists(step.key).get(step.key)
            pipeline.pttl(step.key)
        told = pipeline.execute()
        return [
            Count(number=int(number or 0), seconds_left=left / 1000 if left >= 0 else step.seconds)
            for step, number, left in zip(steps, told[1::3], told[2::3], strict=True)
        ]


memory = Memory()


@lru_cache(maxsize=1)
def _shared(url: str) -> Shared:
    return Shared(url)


def count(steps: Sequence[Step], *, shared: bool) -> list[Count]:
    """Counts in Redis where they are shared and the service has one (LIMITS_REDIS_URL), else in memory."""
    if shared and settings.LIMITS_REDIS_URL:
        return _shared(settings.LIMITS_REDIS_URL).count(steps)
    return [memory.count(step) for step in steps]
