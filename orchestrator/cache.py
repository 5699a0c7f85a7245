"""Copies of sources' answers, and small things that workers share; all in Redis, all best effort.

Losing Redis, or a key's rotation, is a miss and never an error. What is stored is sealed, a copy by the
dossier's own key: it is unreadable with that, also in a dump. Keys hold a keyed hash, never a CPF.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
import structlog
from redis import Redis
from redis import exceptions as failures

from orchestrator import conf, content
from orchestrator.errors import DestroyedKey, Unreadable
from orchestrator.records.dossiers import Block
from orchestrator.records.sources import Source
from orchestrator.sealing import envelopes

if TYPE_CHECKING:  # sources are declared, and clients loaded, before there are models
    from orchestrator.models import Dossier

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
    source: Source, dossier: "Dossier", *, standing_since: datetime | None = None
) -> tuple[Block, datetime] | None:
    """The kept answer of a source about a dossier's person, and when it was fetched; None where there is
    none.

    Nor where it is older than the block that stands: runs renew dossiers and keep no copies.
    """
    key = _key(source, dossier)
    sealed: Any = attempt(lambda: redis().get(key))
    if not sealed:
        return None
    try:
        kept = orjson.loads(envelopes.unpack(_data_key(dossier).unseal(sealed, key.encode())))
        fetched_at = datetime.fromisoformat(kept["fetched_at"])
        if standing_since and fetched_at < standing_since:
            return None
        return content.decode(source, kept["block"]), fetched_at
    except DestroyedKey:
        return None
    except Unreadable as error:  # or kept before the dossier was begun anew
        log.warning("cache.unreadable", reason=str(error))
        return None
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:  # kept by another declaration
        log.warning("cache.unreadable", reason=type(error).__name__)
        return None


def keep_copy(source: Source, dossier: "Dossier", block: Block, fetched_at: datetime) -> None:
    """Keeps an answer for the source's time to live."""
    value = {"block": content.encode(block), "fetched_at": fetched_at.astimezone(UTC)}
    key = _key(source, dossier)
    sealed = _data_key(dossier).seal(envelopes.pack(envelopes.canonical(value)), key.encode())
    attempt(lambda: redis().set(key, sealed, ex=conf.cache_seconds(source.name)))


def forget(lookup: bytes) -> int | None:
    """Deletes what is kept under this keyed hash, of whatever declaration; gives how much that was, None
    where Redis is away. Looks at every key there is."""
    return attempt(lambda: _unlink(list(redis().scan_iter(f"dossier:*:{lookup.hex()}", count=1000))))


def _unlink(keys: list[bytes]) -> int:
    gone: Any = redis().unlink(*keys) if keys else 0
    return int(gone)


def _key(source: Source, dossier: "Dossier") -> str:
    """A copy that was made under another declaration is none: it lacks what was not asked for then."""
    return f"dossier:kept:{source.name}:{content.fingerprint(source)}:{bytes(dossier.cpf_lookup).hex()}"


def _data_key(dossier: "Dossier") -> envelopes.Key:
    return envelopes.data_key(dossier.data_key, dossier.cpf_lookup)


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
