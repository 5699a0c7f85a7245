"""Which chunks are sent: a bounded number over all runs, in fair turns of their owners, and of each his runs.

Whoever ends a chunk, plans some, or gives one back calls `send_waiting`; so does the sweeper, which
before that takes back what nobody began, or whose worker died unseen: nobody is blamed for that.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from orchestrator import conf, dispatch
from orchestrator.batch.schedule import passes, splitting
from orchestrator.batch.schedule.budgets import of as budgets
from orchestrator.clients import registry
from orchestrator.models import Chunk, Run

_LOCK = 0x5EED  # the advisory lock's number, of no other meaning
_UNSENT_SECONDS = 1.0  # until a chunk is sent again that the broker did not take
_DEFECT_SECONDS = 60.0

log = structlog.get_logger(__name__)


def send_waiting() -> None:
    """Sends waiting chunks of all runs as far as there is room; safe to call by any number at once."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        chunks = _claim()
    sources = [source.name for source in registry.SOURCES]
    for place, chunk in enumerate(chunks):
        if not dispatch.send_chunk(chunk.pk, chunk.passes, chunk.claims, sources):
            for unsent in chunks[place:]:
                passes.give_back(unsent.pk, unsent.passes, seconds=_UNSENT_SECONDS)
            return


@transaction.atomic
def take_back() -> None:
    """Chunks whose worker died unseen, and those that nobody has begun for long, wait again."""
    unbegun = Q(lease_until=None, sent_at__lt=Now() - timedelta(seconds=conf.RUN_RESEND_SECONDS))
    lapsed = Chunk.objects.filter(unbegun | Q(lease_until__lt=Now()), state=Chunk.State.RUNNING)
    # Who saves one holds its lock: then it is not lost.
    locked = lapsed.select_for_update(skip_locked=True, no_key=True)
    for pk in locked.values_list("pk", flat=True):
        log.warning("run.chunk_taken_back", chunk=pk)
        Chunk.objects.filter(pk=pk).update(state=Chunk.State.WAITING, lease_until=None, due_at=None)


def _claim() -> Sequence[Chunk]:
    """As many chunks as there is room for; those that are to blame for deaths are halved instead."""
    under_way = Counter(Chunk.objects.filter(state=Chunk.State.RUNNING).values_list("run_id", flat=True))
    room = conf.RUN_CHUNKS_AT_ONCE - under_way.total()
    if room <= 0:
        return []
    # A run that somebody else holds is paused, cancelled or counted now: who does it comes here next.
    running = Run.objects.select_for_update(skip_locked=True, no_key=True).filter(state=Run.State.RUNNING)
    queues = [
        _queue(run, room, under_way[run.pk])
        for run in running.order_by(F("turn_at").asc(nulls_first=True), "pk")
    ]
    ids = taken(queues, room)
    # A chunk's people are not read for this.
    chosen = Chunk.objects.only("run", "passes", "claims", "deaths", "size").in_bulk(ids)
    sendable = [chosen[pk] for pk in ids if not _is_split(chosen[pk])]
    for chunk in sendable:
        chunk.claims += 1
        Chunk.objects.filter(pk=chunk.pk).update(
            state=Chunk.State.RUNNING, claims=F("claims") + 1, sent_at=Now(), lease_until=None
        )
        Run.objects.filter(pk=chunk.run_id).update(turn_at=Now())
    return sendable


def _queue(run: Run, room: int, under_way: int) -> "Queue":
    """After a pause one chunk tells whether the source is back; so does one in a later pass, where a source
    was given up: the others need not wait for what it is told at once."""
    due = Q(due_at=None) | Q(due_at__lte=Now())
    waiting = run.chunks.filter(due, state=Chunk.State.WAITING, dossier_ids__isnull=False, ended_at=None)
    chosen = waiting.order_by("passes", "number").values_list("pk", "passes")[:room]
    is_later = any(passes for _, passes in chosen)
    standing = budgets(run).values()
    is_probing = any(each.is_probing or (each.given_up and is_later) for each in standing)
    return Queue(
        waiting=[pk for pk, _ in chosen],
        under_way=under_way,
        most=1 if is_probing else conf.RUN_CHUNKS_AT_ONCE,
        owner=run.owner,
    )


def _is_split(chunk: Chunk) -> bool:
    """Halves a chunk that is to blame; one that cannot be halved holds up nobody else."""
    if not splitting.is_to_blame(chunk):
        return False
    try:
        with transaction.atomic():
            splitting.blame(Chunk.objects.get(pk=chunk.pk))
    except Exception:
        log.exception("run.defect", run=chunk.run_id, chunk=chunk.pk)
        later = Now() + timedelta(seconds=_DEFECT_SECONDS)
        Chunk.objects.filter(pk=chunk.pk).update(due_at=later)
    return True


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A run's chunks that may be sent, the first ones first, and how many of its are under way.

    `most` is how many of them may be at once; `owner` is whose run it is.
    """

    waiting: Sequence[int]
    under_way: int
    most: int
    owner: str = ""


def taken(queues: Sequence[Queue], room: int) -> list[int]:
    """The chunks that are sent, as far as there is room, by the runs' queues: given with the one first
    whose last turn is the longest ago.

    Always one of the owner who has the fewest under way, of those one of the run that has; of several the one
    that has waited longest.
    """
    order = list(range(len(queues)))
    waiting = [deque(queue.waiting) for queue in queues]
    under_way = [queue.under_way for queue in queues]
    owned = Counter[str]()
    for queue in queues:
        owned[queue.owner] += queue.under_way
    chosen: list[int] = []
    while len(chosen) < room:
        ready = [run for run in order if waiting[run] and under_way[run] < queues[run].most]
        if not ready:
            break
        run = min(ready, key=lambda run: (owned[queues[run].owner], under_way[run]))
        chosen.append(waiting[run].popleft())
        under_way[run] += 1
        owned[queues[run].owner] += 1
        order.remove(run)
        order.append(run)
    return chosen
