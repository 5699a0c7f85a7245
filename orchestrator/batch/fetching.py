"""One source's part of a chunk's pass: a bulk call, its raw answer parked for who saves the chunk."""

import random
import time

import structlog

from orchestrator import breaker, conf, retries
from orchestrator.batch import parts, planning, window
from orchestrator.batch.answered import asked
from orchestrator.batch.parts import Call, Part
from orchestrator.clients import registry
from orchestrator.errors import CircuitOpen, Limited, Postponed, SourceError
from orchestrator.models import Chunk

log = structlog.get_logger(__name__)


def fetch(chunk_id: int, claim: int, source: str) -> None:
    """Asks a source about the people of a chunk, as far as this pass asks it; safe to run twice.

    Does nothing where the chunk is somebody else's by now.
    """
    chunk = Chunk.objects.filter(pk=chunk_id, claims=claim, state=Chunk.State.RUNNING).first()
    if chunk is None:
        return
    cpfs = asked(chunk, planning.opened(chunk), source)
    if not cpfs:
        part = Part(call=Call(source=source, asked=0, seconds=0.0), body=b"[]")
    elif chunk.asks is None and window.budgets(chunk.run)[source].given_up:
        part = _failed(source, len(cpfs), 0.0, CircuitOpen())
    else:
        part = _ask(source, cpfs)
    if not parts.park(chunk_id, claim, part):
        log.warning("run.part_not_parked", chunk=chunk_id, source=source)


def _ask(source: str, cpfs: list[str]) -> Part:
    """Calls, again after a wait where that may help, within the patience that a part deserves."""
    ends_at, calls, seconds = time.monotonic() + conf.RUN_PATIENCE_SECONDS, 0, 0.0
    while True:
        began = time.monotonic()
        try:
            with breaker.passing(source, breaker.BULK):
                began = time.monotonic()
                body = registry.client(source).fetch_raw(cpfs)
            call = Call(source=source, asked=len(cpfs), seconds=seconds + time.monotonic() - began)
            return Part(call=call, body=body)
        except Postponed as later:
            wait: float | None = later.seconds
            error: SourceError = Limited("no place in time")
        except SourceError as failure:
            error, calls = failure, calls + failure.was_called
            seconds += time.monotonic() - began if failure.was_called else 0.0
            wait = _wait(failure, calls, ends_at)
        if wait is None or time.monotonic() + wait > ends_at:
            return _failed(source, len(cpfs), seconds, error)
        time.sleep(wait)


def _wait(error: SourceError, calls: int, ends_at: float) -> float | None:
    return retries.wait_before_retry(
        error,
        attempts=max(calls, 1),
        max_attempts=conf.RUN_ATTEMPTS,
        seconds_left=ends_at - time.monotonic(),
        random=random.random,
    )


def _failed(source: str, asked: int, seconds: float, error: SourceError) -> Part:
    reason = "" if str(error) == error.code else str(error)
    retryable = error.retryable or isinstance(error, CircuitOpen)
    call = Call(
        source=source,
        asked=asked,
        seconds=seconds,
        error_code=error.code,
        reason=reason,
        retryable=retryable,
    )
    log.warning("run.source_failed", source=source, asked=asked, error_code=error.code, reason=reason)
    return Part(call=call, body=b"")
