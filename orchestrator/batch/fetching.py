"""One source's part of a chunk's pass: a bulk call, its raw answer parked for who saves the chunk."""

import structlog

from orchestrator.batch import calling, chunks, parts, window
from orchestrator.batch.answered import asked
from orchestrator.batch.parts import Call, Part
from orchestrator.errors import CircuitOpen, SourceError
from orchestrator.models import Chunk

log = structlog.get_logger(__name__)


def fetch(chunk_id: int, claim: int, source: str) -> None:
    """Asks a source about the people of a chunk, as far as this pass asks it; safe to run twice.

    Does nothing where the chunk is somebody else's by now.
    """
    chunk = Chunk.objects.filter(pk=chunk_id, claims=claim, state=Chunk.State.RUNNING).first()
    if chunk is None:
        return
    cpfs = asked(chunk, chunks.opened(chunk), source)
    if not cpfs:
        part = Part(call=Call(source=source, asked=0, seconds=0.0), body=b"[]")
    elif chunk.asks is None and window.budgets(chunk.run)[source].given_up:
        part = _failed(source, len(cpfs), 0.0, CircuitOpen())
    else:
        part = _ask(source, cpfs)
    if not parts.park(chunk_id, claim, part):
        log.warning("run.part_not_parked", chunk=chunk_id, source=source)


def _ask(source: str, cpfs: list[str]) -> Part:
    called = calling.bulk(source, lambda client: client.fetch_raw(cpfs))
    if called.error is not None:
        return _failed(source, len(cpfs), called.seconds, called.error)
    return Part(call=Call(source=source, asked=len(cpfs), seconds=called.seconds), body=called.value or b"")


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
