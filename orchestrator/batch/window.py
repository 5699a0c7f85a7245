"""Which chunks are worked on: a bounded number at once, pauses, and the end of a run.

Whoever finishes a chunk, or plans some, calls `advance`; so does the sweeper. It works under the
run's lock, and every step may be done twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import reduce
from operator import sub

import structlog
from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Now

from orchestrator import conf, dispatch
from orchestrator.batch import counts, listing, splitting
from orchestrator.batch.budgets import Budget
from orchestrator.batch.parts import Call
from orchestrator.batch.tallies import Totals
from orchestrator.clients import registry
from orchestrator.models import Chunk, Run, RunCounts
from orchestrator.run_rows import OUTCOMES

log = structlog.get_logger(__name__)


def advance(run_id: int, calls: Sequence[Call] = ()) -> None:
    """Sends waiting chunks as far as there is room, after some calls have ended; or ends the run."""
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(pk=run_id, state__in=Run.ACTIVE).first()
        if run is None:
            return
        _note(run, calls)
        _give_back_lost(run)
        claimed = _claim(run) if run.state == Run.State.RUNNING else []
        if not claimed:
            _end_if_over(run)
    _send(claimed)


def budgets(run: Run) -> dict[str, Budget]:
    """The sources' standing in a run."""
    return {source.name: Budget(**run.budgets.get(source.name, {})) for source in registry.SOURCES}


def _note(run: Run, calls: Sequence[Call]) -> None:
    """Counts what the calls came to; a source whose budget is spent pauses the run.

    Not where every source says what no waiting heals, such as that it refuses us.
    """
    if all(call.error_code is not None and not call.retryable for call in calls):
        return
    standing = budgets(run)
    for call in calls:
        standing[call.source] = standing[call.source].after([call.error_code is None])
    for source, budget in standing.items():
        if budget.is_spent:
            standing[source] = _paused(run, source, budget)
    run.budgets = {source: asdict(budget) for source, budget in standing.items()}
    run.save(update_fields=["budgets"])


def _paused(run: Run, source: str, budget: Budget) -> Budget:
    after, seconds = budget.paused()
    if not seconds:
        log.warning("run.without_source", run=run.pk, source=source)
    elif run.state == Run.State.RUNNING:
        log.warning("run.paused", run=run.pk, source=source, seconds=seconds)
        resume_at = Now() + timedelta(seconds=seconds)
        Run.objects.filter(pk=run.pk).update(state=Run.State.PAUSED, resume_at=resume_at)
        run.state = Run.State.PAUSED
    return after


def _give_back_lost(run: Run) -> None:
    """Chunks whose worker died are for another; one that so many died with is not tried as it is."""
    lost = run.chunks.filter(state=Chunk.State.RUNNING, lease_until__lt=Now())
    # Who saves one holds its lock: then it is not lost.
    for chunk in lost.select_for_update(skip_locked=True, of=("self",)):
        if chunk.lost + 1 >= conf.RUN_MOST_LOST:
            splitting.blame(chunk)
        else:
            Chunk.objects.filter(pk=chunk.pk).update(
                state=Chunk.State.WAITING, lost=F("lost") + 1, lease_until=None
            )


def lose(chunk_id: int, claim: int) -> None:
    """Notes that who worked on a chunk has died, so that nobody waits for the lease."""
    Chunk.objects.filter(pk=chunk_id, claims=claim, state=Chunk.State.RUNNING).update(lease_until=Now())


def _claim(run: Run) -> list[tuple[int, int]]:
    """As many chunks as there is room for, with the number of each claim."""
    under_way = run.chunks.filter(state=Chunk.State.RUNNING).count()
    room = conf.RUN_CHUNKS_AT_ONCE - under_way
    if room <= 0:
        return []
    due = Q(due_at=None) | Q(due_at__lte=Now())
    waiting = run.chunks.filter(due, state=Chunk.State.WAITING, dossier_ids__isnull=False, ended_at=None)
    chosen = list(waiting.order_by("passes", "number").values_list("pk", "claims")[:room])
    Chunk.objects.filter(pk__in=[pk for pk, _ in chosen]).update(
        state=Chunk.State.RUNNING,
        claims=F("claims") + 1,
        began_at=Now(),
        lease_until=Now() + timedelta(seconds=conf.RUN_LEASE_SECONDS),
    )
    return [(pk, claims + 1) for pk, claims in chosen]


def _send(claimed: Sequence[tuple[int, int]]) -> None:
    sources = [source.name for source in registry.SOURCES]
    for place, (chunk_id, claim) in enumerate(claimed):
        if not dispatch.send_chunk(chunk_id, claim, sources):
            release(claimed[place:])
            return


def release(claimed: Sequence[tuple[int, int]]) -> None:
    """Gives chunks back that could not be worked on, through no fault of theirs."""
    for chunk_id, claim in claimed:
        Chunk.objects.filter(pk=chunk_id, claims=claim, state=Chunk.State.RUNNING).update(
            state=Chunk.State.WAITING, lease_until=None, due_at=Now() + timedelta(seconds=1)
        )


def _end_if_over(run: Run) -> None:
    if run.planned_at is None or run.chunks.filter(ended_at=None).exists():
        return
    end(run, _end_state(run, _summed(run)))


def cancel_chunks(run: Run) -> None:
    """Ends the open chunks of a run, whose lock the caller holds: to whom it has not come is cancelled."""
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


def end(run: Run, state: str) -> None:
    """Ends a run, whose lock the caller holds, with the totals of its chunks.

    Who was planned and is in no total was lost by us: such a run is not complete, and says so.
    """
    totals, told = _summed(run), RunCounts.objects.filter(run=run).first() or RunCounts(run=run)
    if (told.size, counts.totals(told)) != (totals.counted, totals):
        log.error("run.totals_do_not_add_up", run=run.pk, planned=told.size, **asdict(totals))
        state = Run.State.PARTIAL if state == Run.State.COMPLETE else state
        RunCounts.objects.filter(run=run).update(**asdict(totals))
    Run.objects.filter(pk=run.pk).update(
        state=state, totals=asdict(totals), finished_at=Now(), resume_at=None
    )
    log.info("run.ended", run=run.pk, state=state, **asdict(totals))


def _end_state(run: Run, totals: Totals) -> str:
    lists = listing.of(run.listing).values() if run.kind == Run.Kind.NIGHTLY else ()
    lacking = [each.is_lacking for each in lists]
    if totals.failed == totals.done and (totals.done or (lacking and all(lacking))):
        return Run.State.FAILED
    return Run.State.PARTIAL if totals.failed or totals.partial or any(lacking) else Run.State.COMPLETE


def _summed(run: Run) -> Totals:
    """The totals as the chunks' rows have them; all of them are read, so once, at a run's end."""
    sums: Mapping[str, int | None] = run.chunks.aggregate(**{name: Sum(name) for name in OUTCOMES})
    return Totals(**{name: number or 0 for name, number in sums.items()})
