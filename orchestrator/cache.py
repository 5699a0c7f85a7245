"""Copies of sources' answers, and small things that workers share; all in Redis, all best effort.

Losing Redis, or a key's rotation, is a miss and never an error. What is stored is sealed; keys
hold a keyed hash, never a CPF.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import structlog
from redis import Redis
from redis import exceptions as failures

from orchestrator import conf, content
from orchestrator.errors import Unreadable
from orchestrator.records.dossiers import Block
from orchestrator.records.sources import Source
from orchestrator.sealing import envelopes

_SECONDS = 1.0  # for a connection and for an answer: a copy is not worth a longer wait
_AWAY_SECONDS = 2.0  # Redis that did not answer is left alone for so long: waits must not add up

T = TypeVar("T")
_away_until = 0.0  # by the monotonic clock

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def redis() -> Redis:
    """This process's client; safe to share between threads."""
    return Redis.from_url(
        conf.redis_url(), socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, health_check_interval=30
    )


def recall(key: str) -> Any:
    """The value under a key, or None."""
    sealed: Any = attempt(lambda: redis().get(f"dossier:{key}"))
    try:
        return envelopes.unpark(sealed, key) if sealed else None
    except Unreadable as error:
        log.warning("cache.unreadable", reason=str(error))
        return None


def remember(key: str, value: Any, seconds: int) -> None:
    """Keeps a JSON value under a key for so many seconds."""
    sealed = envelopes.park(value, key)
    attempt(lambda: redis().set(f"dossier:{key}", sealed, ex=seconds))


def copy_of(
    source: Source, cpf: str, *, standing_since: datetime | None = None
) -> tuple[Block, datetime] | None:
    """The kept answer of a source about a CPF, and when it was fetched; None where there is none.

    Nor where it is older than the block that stands: runs renew dossiers and keep no copies.
    """
    kept = recall(_key(source, cpf))
    if kept is None:
        return None
    try:
        fetched_at = datetime.fromisoformat(kept["fetched_at"])
        if standing_since and fetched_at < standing_since:
            return None
        return content.decode(source, kept["block"]), fetched_at
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:  # kept by another declaration
        log.warning("cache.unreadable", reason=type(error).__name__)
        return None


def keep_copy(source: Source, cpf: str, block: Block, fetched_at: datetime) -> None:
    """Keeps an answer for the source's time to live."""
    value = {"block": content.encode(block), "fetched_at": fetched_at.astimezone(UTC)}
    remember(_key(source, cpf), value, conf.cache_seconds(source.name))


def _key(source: Source, cpf: str) -> str:
    """A copy that was made under another declaration is none: it lacks what was not asked for then."""
    return f"copy:{source.name}:{content.fingerprint(source)}:{envelopes.lookup(cpf).hex()}"


def attempt(operation: Callable[[], T]) -> T | None:
    """What an operation on Redis gives; None, and soon, where Redis is away."""
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        return operation()
    except failures.RedisError as error:
        if isinstance(error, failures.ConnectionError | failures.TimeoutError):
            _away_until = time.monotonic() + _AWAY_SECONDS
        log.warning("redis.unavailable", reason=type(error).__name__)
        return None
