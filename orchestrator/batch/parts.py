"""Sources' raw answers on their way from who fetched them to who saves them: sealed, in Redis.

A message carries ids only; the answers lie here, compressed, for as long as a chunk's lease. If they
are lost the chunk is fetched again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

import orjson

from orchestrator import cache, conf, sealing


@dataclass(frozen=True, kw_only=True)
class Call:
    """A bulk call to a source, or one that was not made: `error_code` is None where it answered.

    `seconds` are those of the calls; `reason` names keys, never values.
    """

    source: str
    asked: int
    seconds: float
    error_code: str | None = None
    reason: str = ""
    retryable: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a source's part of a pass came to; `body` is empty where it failed."""

    call: Call
    body: bytes


def park(chunk_id: int, claim: int, part: Part) -> bool:
    """Keeps a part until it is taken; False where Redis is away."""
    key = _key(chunk_id, claim, part.call.source)
    sealed = sealing.park_bytes(orjson.dumps(asdict(part.call)) + b"\n" + part.body, key)
    return cache.attempt(lambda: cache.redis().set(key, sealed, ex=ceil(conf.RUN_LEASE_SECONDS))) is not None


def take(chunk_id: int, claim: int, sources: Iterable[str]) -> Mapping[str, Part] | None:
    """All parts of a pass, by source; None where one is lost. They stay until `drop`."""
    keys = {source: _key(chunk_id, claim, source) for source in sources}
    found: Any = cache.attempt(lambda: cache.redis().mget(list(keys.values())))
    if found is None or None in found:
        return None
    return {source: _part(sealed, keys[source]) for source, sealed in zip(keys, found, strict=True)}


def drop(chunk_id: int, claim: int, sources: Iterable[str]) -> None:
    """Forgets the parts of a pass that has ended."""
    keys = [_key(chunk_id, claim, source) for source in sources]
    cache.attempt(lambda: cache.redis().unlink(*keys))


def _part(sealed: bytes, key: str) -> Part:
    head, _, body = sealing.unpark_bytes(sealed, key).partition(b"\n")
    return Part(call=Call(**orjson.loads(head)), body=body)


def _key(chunk_id: int, claim: int, source: str) -> str:
    return f"dossier:part:{chunk_id}:{claim}:{source}"
