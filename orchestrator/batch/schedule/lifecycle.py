"""How a run goes on: what its calls came to, its pauses, and its end.

Whoever ends a chunk, or plans some, calls `advance`; so does the sweeper. It works under the run's
lock, and every step may be done twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import reduce
from operator import sub

import structlog
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Now

from orchestrator import dispatch
from orchestrator.batch import source_lists
from orchestrator.batch.counting import counts
from orchestrator.batch.schedule import budgets, passes, sending
from orchestrator.batch.schedule.budgets import Budget
from orchestrator.errors import Crowded, SourceError
from orchestrator.models import Chunk, Run, RunCounts
from orchestrator.models.runs import OUTCOMES
from orchestrator.records.runs import BulkCall, Totals

CROWDED_SECONDS = 1.0  # until a chunk is sent again that found no place at a source

log = structlog.get_logger(__name__)


def advance(run_id: int, calls: Sequence[BulkCall] = ()) -> None:
    """Counts what the calls of a chunk came to; ends the run if it is over, and sends what waits in any
    run."""
    _settle(run_id, calls)
    sending.send_waiting()


def go_on(run_id: int) -> None:
    """Sends a run's planning where nobody plans it, and ends the run if it is over; safe to do at any
    time."""
    nobody = Q(planner_until=None) | Q(planner_until__lte=Now())
    if Run.objects.filter(nobody, pk=run_id, state=Run.State.RUNNING, planned_at=None).exists():
        dispatch.send_plan(run_id)
    _settle(run_id)


def _settle(run_id: int, calls: Sequence[BulkCall] = ()) -> None:
    """As `advance`, but sends nothing."""
    with transaction.atomic():
        run = _locked(run_id)
        if run is None:
            return
        told = [call for call in calls if not _is_from_before(run, datetime.fromisoformat(call.began_at))]
        _note(run, told)
        if run.planned_at is not None and not run.chunks.filter(ended_at=None).exists():
            _end(run)


def wait_for(chunk: Chunk, source: str, error: SourceError, *, began_at: datetime) -> None:
    """A source let no call through for as long as a chunk may wait, since then: nothing is known of it,
    and the run pauses for it as if it had failed; a chunk that found no place of ours is only sent again."""
    passes.give_back(chunk.pk, chunk.passes, seconds=CROWDED_SECONDS)
    if not isinstance(error, Crowded):
        with transaction.atomic():
            run = _locked(chunk.run_id)
            if run is not None and not _is_from_before(run, began_at):
                standing = budgets.of(run)
                _keep(run, {**standing, source: _paused(run, source, standing[source])})
    sending.send_waiting()


def _locked(run_id: int) -> Run | None:
    return Run.objects.select_for_update(no_key=True).filter(pk=run_id, state__in=Run.ACTIVE).first()


def _is_from_before(run: Run, began_at: datetime) -> bool:
    """Whether a call began before the run's last pause was over: that says nothing of how the source does."""
    if run.state == Run.State.PAUSED:
        return True
    return run.resumed_at is not None and began_at <= run.resumed_at


def _note(run: Run, calls: Sequence[BulkCall]) -> None:
    """Counts what the calls came to; a source whose budget is spent pauses the run.

    Not where every source says what no waiting heals, such as that it refuses us.
    """
    if all(call.error_code is not None and not call.retryable for call in calls):
        return
    standing = budgets.of(run)
    for call in calls:
        standing[call.source] = standing[call.source].after([call.error_code is None])
    for source, budget in standing.items():
        if budget.is_spent:
            standing[source] = _paused(run, source, budget)
    _keep(run, standing)


def _keep(run: Run, standing: Mapping[str, Budget]) -> None:
    stored = budgets.stored(standing)
    if stored != run.budgets:  # mostly all is well, as before
        run.budgets = stored
        run.save(update_fields=["budgets"])


def _paused(run: Run, source: str, budget: Budget) -> Budget:
    after, seconds = budget.paused()
    if not seconds:
        log.warning("run.without_source", run=run.pk, source=source)
    elif run.state == Run.State.RUNNING:
        log.warning("run.paused", run=run.pk, source=source, seconds=seconds)
        resume_at = Now() + timedelta(seconds=seconds)
        Run.objects.filter(pk=run.pk).update(state=Run.State.PAUSED, paused_at=Now(), resume_at=resume_at)
        run.state = Run.State.PAUSED
    return after


def cancel(run: Run) -> None:
    """Ends a run, whose lock the caller holds: what it has saved stands, to whom it has not come is
    cancelled."""
    come_to = (F(name) for name in OUTCOMES if name != "cancelled")
    run.chunks.filter(ended_at=None).update(
        state=Chunk.State.CANCELLED,
        cancelled=reduce(sub, come_to, F("size")),
        ended_at=Now(),
        cpfs_sealed=None,
        lease_until=None,
    )
    cancelled = _summed(run).cancelled
    RunCounts.objects.filter(run=run).update(cancelled=cancelled, waiting_again=0)
    _end(run, Run.State.CANCELLED)


def _end(run: Run, state: str | None = None) -> None:
    """Ends a run, whose lock the caller holds, with the totals of its chunks, by which it is complete,
    partial or failed, unless told.

    Who was planned and is in no total was lost by us: such a run is not complete, and says so.
    """
    totals, told = _summed(run), RunCounts.objects.filter(run=run).first() or RunCounts(run=run)
    state = state or _end_state(run, totals)
    if (told.size, counts.totals(told)) != (totals.counted, totals):
        log.error("run.totals_do_not_add_up", run=run.pk, planned=told.size, **asdict(totals))
        state = Run.State.PARTIAL if state == Run.State.COMPLETE else state
        RunCounts.objects.filter(run=run).update(**asdict(totals))
    Run.objects.filter(pk=run.pk).update(
        state=state, totals=asdict(totals), finished_at=Now(), resume_at=None
    )
    log.info("run.ended", run=run.pk, state=state, **asdict(totals))


def _end_state(run: Run, totals: Totals) -> str:
    lists = source_lists.of(run.listing).values() if run.kind == Run.Kind.NIGHTLY else ()
    lacking = [each.cursor is not None for each in lists]  # not to its end: people may be missing
    if totals.failed == totals.done and (totals.done or (lacking and all(lacking))):
        return Run.State.FAILED
    return Run.State.PARTIAL if totals.failed or totals.partial or any(lacking) else Run.State.COMPLETE


def _summed(run: Run) -> Totals:
    """The totals as the chunks' rows have them; all of them are read, so once, at a run's end."""
    sums: Mapping[str, int | None] = run.chunks.aggregate(**{name: Sum(name) for name in OUTCOMES})
    return Totals(**{name: number or 0 for name, number in sums.items()})
