"""One source's part of a chunk's pass: a bulk call, its raw answer parked for who saves the chunk."""

from datetime import datetime

import structlog

from orchestrator import conf
from orchestrator.batch import chunks
from orchestrator.batch.schedule import budgets, lifecycle, passes
from orchestrator.batch.work import calling, parking
from orchestrator.batch.work.calling import Called
from orchestrator.batch.work.deciding import asked
from orchestrator.batch.work.parking import Part
from orchestrator.errors import CircuitOpen, Crowded, SourceError
from orchestrator.models import Chunk
from orchestrator.records.runs import BulkCall

log = structlog.get_logger(__name__)


def fetch(chunk_id: int, number: int, source: str) -> None:
    """Asks a source about the people of a chunk, as far as its pass of that number asks it.

    Safe to run twice and by two at once: does nothing where the pass is over, the answer is there, or
    somebody else asks now. A source that lets no call through for so long is waited for.
    """
    with passes.blamed(chunk_id, number), passes.step(chunk_id, number, source) as now:
        if now is None or parking.is_parked(chunk_id, number, source):
            return
        chunks_of_the_pass = Chunk.objects.select_related("run").only(*_READ).filter(passes=number)
        if chunk := chunks_of_the_pass.filter(pk=chunk_id).first():
            _fetch(chunk, source, now)


_READ = (
    "number",
    "passes",
    "asks",
    "cpfs_sealed",
    "run__budgets",
)  # what it is for others, nobody needs here


def _fetch(chunk: Chunk, source: str, now: datetime) -> None:
    cpfs = asked(chunk, chunks.opened(chunk), source)
    given_up = budgets.of(chunk.run)[source].given_up
    if not cpfs:
        part = Part(call=BulkCall(source=source, asked=0, seconds=0.0), body=b"[]")
    elif chunk.passes == 0 and given_up:
        part = _failed(source, len(cpfs), 0.0, CircuitOpen(), now)
    else:
        patience = 0.0 if given_up else conf.RUN_PATIENCE_SECONDS
        called = calling.bulk(source, lambda client: client.fetch_raw(cpfs), patience=patience)
        if called.error and called.is_unmade and (isinstance(called.error, Crowded) or not given_up):
            lifecycle.wait_for(chunk, source, called.error, began_at=now)
            return
        part = _part(source, len(cpfs), called, now)
    if not parking.park(chunk.pk, chunk.passes, part):
        log.warning("run.part_not_parked", chunk=chunk.pk, source=source)


def _part(source: str, asked: int, called: Called[bytes], now: datetime) -> Part:
    if called.error is not None:
        return _failed(source, asked, called.seconds, called.error, now)
    call = BulkCall(source=source, asked=asked, seconds=called.seconds, began_at=now.isoformat())
    return Part(call=call, body=called.value or b"")


def _failed(source: str, asked: int, seconds: float, error: SourceError, now: datetime) -> Part:
    reason = "" if str(error) == error.code else str(error)
    retryable = error.retryable or isinstance(error, CircuitOpen)
    call = BulkCall(
        source=source,
        asked=asked,
        seconds=seconds,
        began_at=now.isoformat(),
        error_code=error.code,
        reason=reason,
        retryable=retryable,
    )
    log.warning("run.source_failed", source=source, asked=asked, error_code=error.code, reason=reason)
    return Part(call=call, body=b"")
