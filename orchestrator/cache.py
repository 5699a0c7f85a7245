"""Copies of sources' answers, and small things that workers share; all in Redis, all best effort.

Losing Redis, or a key's rotation, is a miss and never an error. What is stored is sealed; keys
hold a keyed hash, never a CPF.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError

from orchestrator import conf, content, sealing
from orchestrator.records import Block, Source

_SECONDS = 1.0  # for a connection and for an answer: a copy is not worth a longer wait

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def redis() -> Redis:
    """This process's client; safe to share between threads."""
    return Redis.from_url(
        conf.redis_url(), socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, health_check_interval=30
    )


def recall(key: str) -> Any:
    """The value under a key, or None."""
    sealed = _try(lambda: redis().get(f"dossier:{key}"))
    return _try(lambda: sealing.unpark(sealed, key)) if sealed else None


def remember(key: str, value: Any, seconds: int) -> None:
    """Keeps a JSON value under a key for so many seconds."""
    _try(lambda: redis().set(f"dossier:{key}", sealing.park(value, key), ex=seconds))


def copy_of(source: Source, cpf: str) -> tuple[Block, datetime] | None:
    """The kept answer of a source about a CPF, and when it was fetched; None where there is none."""
    kept = recall(_key(source, cpf))
    if kept is None:
        return None
    return content.decode(source, kept["block"]), datetime.fromisoformat(kept["fetched_at"])


def keep_copy(source: Source, cpf: str, block: Block, fetched_at: datetime) -> None:
    """Keeps an answer for the source's time to live."""
    value = {"block": content.encode(block), "fetched_at": fetched_at.astimezone(UTC)}
    remember(_key(source, cpf), value, conf.cache_seconds(source.name))


def _key(source: Source, cpf: str) -> str:
    return f"copy:{source.name}:{sealing.lookup(cpf).hex()}"


def _try(operation: Callable[[], Any]) -> Any:
    try:
        return operation()
    except (RedisError, sealing.CannotUnseal) as error:
        log.warning("cache.unavailable", reason=type(error).__name__)
        return None
