"""Sources' raw answers on their way from who fetched them to who saves them: sealed, in Redis.

A message carries ids only; the answers lie here, compressed, while the other sources are asked and
until the chunk is saved, however often that is begun. What is lost is fetched again, and it alone.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import structlog

from orchestrator import cache, conf
from orchestrator.errors import Unreadable
from orchestrator.records.runs import BulkCall
from orchestrator.sealing import envelopes

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a source's part of a pass came to; `body` is empty where it failed."""

    call: BulkCall
    body: bytes


def park(chunk_id: int, number: int, part: Part) -> bool:
    """Keeps a part of the pass of that number until it is taken; False where Redis is away."""
    key = _key(chunk_id, number, part.call.source)
    sealed = envelopes.park_bytes(orjson.dumps(asdict(part.call)) + b"\n" + part.body, key)
    return cache.attempt(lambda: cache.redis().set(key, sealed, ex=conf.RUN_ANSWER_SECONDS)) is not None


def is_parked(chunk_id: int, number: int, source: str) -> bool:
    """Whether a source's part is there already."""
    return bool(cache.attempt(lambda: cache.redis().exists(_key(chunk_id, number, source))))


def take(chunk_id: int, number: int, sources: Iterable[str]) -> dict[str, Part]:
    """The parts of a pass that are there, by source. They stay until `drop`.

    One that cannot be read is none, such as one under a master key that is gone: it is fetched again.
    """
    keys = {source: _key(chunk_id, number, source) for source in sources}
    found: Any = cache.attempt(lambda: cache.redis().mget(list(keys.values()))) or [None] * len(keys)
    parts: dict[str, Part] = {}
    for (source, key), sealed in zip(keys.items(), found, strict=True):
        if sealed is not None and (plain := _opened(sealed, key)):
            head, _, body = plain.partition(b"\n")
            parts[source] = Part(call=BulkCall(**orjson.loads(head)), body=body)
    return parts


def _opened(sealed: bytes, key: str) -> bytes | None:
    try:
        return envelopes.unpark_bytes(sealed, key)
    except Unreadable as error:
        log.warning("run.part_unreadable", reason=str(error))
        cache.attempt(lambda: cache.redis().unlink(key))  # nor is it there for who fetches
        return None


def drop(chunk_id: int, number: int, sources: Iterable[str]) -> None:
    """Forgets the parts of a pass that has ended."""
    keys = [_key(chunk_id, number, source) for source in sources]
    cache.attempt(lambda: cache.redis().unlink(*keys))


def _key(chunk_id: int, number: int, source: str) -> str:
    return f"dossier:part:{chunk_id}:{number}:{source}"
