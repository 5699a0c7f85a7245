"""One source's part of a chunk's pass: a bulk call, its raw answer parked for who saves the chunk."""

from datetime import datetime

import structlog

from orchestrator import conf
from orchestrator.batch import chunks
from orchestrator.batch.schedule import budgets, lifecycle, passes
from orchestrator.batch.work import calling, parking
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
        # What else is in its row, nobody needs here.
        read = Chunk.objects.select_related("run").only(
            "number", "passes", "asks", "cpfs_sealed", "run__budgets"
        )
        if chunk := read.filter(pk=chunk_id, passes=number).first():
            structlog.contextvars.bind_contextvars(run=chunk.run_id)
            _fetch(chunk, source, now)


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
        error = called.error
        if error and called.is_unmade and (isinstance(error, Crowded) or not given_up):
            lifecycle.wait_for(chunk, source, error, began_at=now)
            return
        if error:
            part = _failed(source, len(cpfs), called.seconds, error, now)
        else:
            began_at, seconds = now.isoformat(), called.seconds
            call = BulkCall(source=source, asked=len(cpfs), seconds=seconds, began_at=began_at)
            part = Part(call=call, body=called.value or b"")
    if not parking.park(chunk.pk, chunk.passes, part):
        log.warning("run.part_not_parked", chunk=chunk.pk, source=source)
    elif not Chunk.objects.filter(pk=chunk.pk).exists():  # for it tells of somebody who is erased by now
        parking.drop(chunk.pk, chunk.passes, [source])


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
