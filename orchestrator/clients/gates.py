"""May a source be called now, and when again: its circuit, its pause, and our own limits, over all workers.

The state is in Redis and moves by two scripts, atomic and by Redis's clock (ops/decisions/0006). Without
Redis every call is made: losing it closes nothing.
"""

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import Any

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.commands.core import Script

from orchestrator import cache, conf
from orchestrator.errors import CircuitOpen, Limited, Paused, Postponed, SourceError
from orchestrator.records.conditions import Circuit, Gate

_SCRIPTS = Path(__file__).parent / "lua"
_LONGEST_PAUSE_SECONDS = 300.0  # whatever a Retry-After says

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Lane:
    """A kind of calls that has places of its own at every source: who asks for one person never
    waits for a place behind those who ask for a thousand."""

    key: str
    longest: Callable[[], float]  # seconds that a call takes
    at_once: Callable[[str], int]
    busy_seconds: float  # the longest until a call that found no place tries again


SINGLE = Lane(key="calls", longest=lambda: conf.LEASE_SECONDS, at_once=conf.at_once, busy_seconds=0.5)
BULK = Lane(
    key="bulk_calls", longest=lambda: 2 * conf.RUN_CALL_SECONDS, at_once=conf.bulk_at_once, busy_seconds=0.1
)


@contextmanager
def passing(source: str, lane: Lane = SINGLE) -> Iterator[None]:
    """Surrounds a live call to a source; what the call raises tells how the source does.

    Raises CircuitOpen, Paused or Postponed instead of entering.
    """
    token = uuid.uuid4().hex
    _enter(source, token, lane)
    outcome = "unmade"  # until the call has told something of the source
    try:
        yield
        outcome = "answered"
    except SourceError as error:
        outcome = "failed" if error.is_outage else "other"
        if isinstance(error, Limited) and error.retry_after:
            pause(source, error.retry_after)
        raise
    finally:
        _leave(source, token, outcome, lane)


def pause(source: str, seconds: float) -> None:
    """Nobody calls the source for so long, five minutes at most; a longer pause stands."""
    wanted = int(min(seconds, _LONGEST_PAUSE_SECONDS) * 1000)
    (key,) = _keys(source, "pause")
    standing: Any = cache.attempt(lambda: cache.redis().pttl(key))
    if wanted > (standing or 0):
        cache.attempt(lambda: cache.redis().set(key, "1", px=wanted))
        log.warning("source.paused", source=source, seconds=wanted / 1000)


def wait_before_retry(
    error: SourceError, *, attempts: int, max_attempts: int, seconds_left: float, random: Callable[[], float]
) -> float | None:
    """Seconds until the next try, or None where there is none.

    Exponential with equal jitter (half fixed, half random), on top of the source's own Retry-After
    (or all who wait for it would come back at once), never beyond the build's deadline. `attempts`
    counts this one, also where it was not called after all.
    """
    if not error.retryable or (error.was_called and attempts >= max_attempts):
        return None
    full = min(conf.BACKOFF_LAST_SECONDS, conf.BACKOFF_FIRST_SECONDS * 2 ** (attempts - 1))
    wait = full * (1 + random()) / 2 + (error.retry_after or 0.0)
    return wait if wait < seconds_left else None


def gate(source: str) -> Gate:
    """How the source's circuit and pause stand now."""
    tripped, opened, pause = _keys(source, "tripped", "open", "pause")
    pipeline: Any = cache.redis().pipeline(transaction=False)
    pipeline.exists(tripped).exists(opened).pttl(pause)
    seen = cache.attempt(pipeline.execute)
    if seen is None:
        return Gate(circuit=Circuit.UNKNOWN if conf.BREAKER else Circuit.OFF)
    is_tripped, is_open, paused = seen
    state = Circuit.OPEN if is_tripped and is_open else Circuit.HALF_OPEN if is_tripped else Circuit.CLOSED
    return Gate(
        circuit=state if conf.BREAKER else Circuit.OFF,
        paused_seconds=paused / 1000 if paused > 0 else None,
    )


def _enter(source: str, token: str, lane: Lane) -> None:
    entered = cache.attempt(
        lambda: _script("enter")(
            keys=_keys(source, "tripped", "open", "probe", "pause", lane.key),
            args=[token, lane.at_once(source), int(lane.longest() * 1000), int(conf.BREAKER)],
            client=cache.redis(),
        )
    )
    verdict, milliseconds = (entered[0].decode(), entered[1]) if entered else ("enter", 0)
    if verdict == "circuit_open":
        raise CircuitOpen
    if verdict == "paused":
        raise Paused(retry_after=milliseconds / 1000)
    if verdict == "busy":
        raise Postponed(_jittered(lane.busy_seconds))
    # A sliding window by the age of Redis's own keys: no worker's clock matters.
    rate = RateLimitItemPerSecond(conf.per_second(source))
    if cache.attempt(lambda: _limiter().hit(rate, source)) is False:
        _leave(source, token, "unmade", lane)
        raise Postponed(_jittered(1.0))


def _leave(source: str, token: str, outcome: str, lane: Lane) -> None:
    moved = cache.attempt(
        lambda: _script("leave")(
            keys=_keys(source, "tripped", "open", "probe", lane.key, "outcomes"),
            args=[
                token,
                outcome,
                conf.BREAKER_CALLS,
                int(conf.BREAKER_WINDOW_SECONDS * 1000),
                conf.BREAKER_FEWEST_CALLS,
                conf.BREAKER_RATIO,
                int(conf.BREAKER_OPEN_SECONDS * 1000),
            ],
            client=cache.redis(),
        )
    )
    if moved:
        log.warning(f"circuit.{moved.decode()}", source=source)


def _keys(source: str, *names: str) -> list[str]:
    """A source's keys in Redis, on one node of a cluster."""
    return [f"dossier:{{{source}}}:{name}" for name in names]


@once
def _limiter() -> SlidingWindowCounterRateLimiter:
    pool = cache.redis().connection_pool
    return SlidingWindowCounterRateLimiter(RedisStorage("redis://", pool, key_prefix="dossier:rate"))


@once
def _script(name: str) -> Script:
    script: Any = cache.redis().register_script((_SCRIPTS / f"{name}.lua").read_text())
    return script  # type: ignore[no-any-return]


def _jittered(seconds: float) -> float:
    return seconds * (1 + random.random()) / 2  # noqa: S311  # nosec B311  # spreads calls
