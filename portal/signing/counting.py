"""How often something happened lately: counted in Redis, and, while that is away, in this process alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from ops.service.env import required

_SECONDS = 1.0  # for a connection and for an answer
_AWAY_SECONDS = 2.0  # Redis that did not answer is left alone for so long: waits must not add up

T = TypeVar("T")
_away_until = 0.0  # by the monotonic clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Bound:
    """So many times in any so many seconds, of what `key` says; `name` tells the bounds of one key apart."""

    name: str
    key: str
    times: int
    seconds: int

    def take(self) -> bool:
        """Counts one more; False, and nothing is counted, where there is no room for it."""
        return _ask(lambda counts: counts.hit(self._item, self.name, self.key))

    def has_room(self) -> bool:
        """Whether there is room for one more."""
        return _ask(lambda counts: counts.test(self._item, self.name, self.key))

    def clear(self) -> None:
        """Forgets what was counted."""
        _ask(lambda counts: counts.clear(self._item, self.name, self.key))

    def full_until(self) -> datetime:
        """When there is room again; aware, UTC."""
        stats = _ask(lambda counts: counts.get_window_stats(self._item, self.name, self.key))
        return datetime.fromtimestamp(stats.reset_time, UTC)

    @property
    def _item(self) -> RateLimitItem:
        return RateLimitItemPerSecond(self.times, self.seconds, "signing")


def _ask(question: Callable[[MovingWindowRateLimiter], T]) -> T:
    """What a question to the counts gives. While Redis is away each process bounds what it sees itself."""
    global _away_until
    if time.monotonic() >= _away_until:
        try:
            return question(_shared())
        except RedisError as error:
            _away_until = time.monotonic() + _AWAY_SECONDS
            log.warning("redis.unavailable", reason=type(error).__name__)
    return question(_own())


@cache
def _shared() -> MovingWindowRateLimiter:
    url = required("REDIS_URL", "Give the Redis server: redis://:password@host:6379/0.")
    storage = RedisStorage(
        url, key_prefix="dossier", socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
    )
    return MovingWindowRateLimiter(storage)


@cache
def _own() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
