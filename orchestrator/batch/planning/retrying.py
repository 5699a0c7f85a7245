"""Asking again for what failed in a run: a run of its own, which a worker plans as it plans any other."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from orchestrator import dispatch
from orchestrator.batch import chunks, people
from orchestrator.errors import Forgotten, NothingToRetry
from orchestrator.models import Chunk, Dossier, Run
from orchestrator.sealing import keys

_MOST_TRIES = 5


def start(ended: Run, *, owner: str) -> int:
    """Writes the run down and sends it, best effort; or finds the active one. As `runs.retry_failed`."""
    if ended.finished_at is None:
        raise NothingToRetry("The run goes on: it will ask again by itself for what failed.", "unfinished")
    counted = ended.totals or {}
    if not (counted.get("failed") or counted.get("partial")):
        raise NothingToRetry("Every dossier of the run has all its sources: there is nothing to try again.")
    if ended.forgotten_at is not None:
        raise Forgotten("The details of the run were deleted when they were old.")
    keys.require()
    for _ in range(_MOST_TRIES):
        if run_id := _active(ended) or _begun(ended, owner):
            return run_id
    raise RuntimeError("the active retry of a run came and went too often")


def _active(ended: Run) -> int | None:
    return ended.retries.filter(finished_at=None).values_list("pk", flat=True).first()


def _begun(ended: Run, owner: str) -> int | None:
    """None where somebody else has begun one at the same moment."""
    try:
        with transaction.atomic():
            run = Run.objects.create(kind=Run.Kind.RETRY, purpose=ended.purpose, owner=owner, parent=ended)
            transaction.on_commit(lambda: dispatch.send_plan(run.pk))
    except IntegrityError:
        return None
    return run.pk


def next_failing(run: Run) -> Chunk | None:
    """The next chunk of a retry's parent in which something failed."""
    failing = Chunk.objects.filter(run=run.parent_id, ended_at__isnull=False, number__gt=run.walked_to)
    return failing.exclude(failures={}).order_by("number").first()


def again(run: Run, failing: Chunk) -> list[Chunk]:
    """A chunk, not saved, of those about whom a source failed, and of each the sources that did; none where
    nobody is left of them. `run`, not saved either, has come that far: the caller holds its lock.

    Who was erased meanwhile is left out and counted.
    """
    ids = failing.dossier_ids or []
    lacking = Dossier.objects.filter(pk__in=[ids[int(place)] for place in failing.failures])
    opened = people.opened(people.rows(lacking))
    known = opened.cpfs.keys() | opened.locked.keys()
    places = [place for place in sorted(map(int, failing.failures)) if ids[place] in known]
    run.erased += len(opened.erased)
    run.walked_to = failing.number
    if not places:
        return []
    locked = {
        new: opened.locked[ids[place]] for new, place in enumerate(places) if ids[place] in opened.locked
    }
    made = chunks.new(
        run,
        chunks.next_number(run.pk),
        [opened.cpfs.get(ids[place], chunks.NOBODY) for place in places],
        dossier_ids=[ids[place] for place in places],
        lines=[failing.lines[place] for place in places] if failing.lines else None,
        restored=[new for new, place in enumerate(places) if place in failing.restored],
        **chunks.asked(_failed(failing.failures, places), locked),
    )
    return [made]


def _failed(failures: Mapping[str, Mapping[str, str]], places: list[int]) -> dict[str, list[int]]:
    """By source the new places of those about whom it failed."""
    failed: dict[str, list[int]] = {}
    for new, place in enumerate(places):
        for source in failures[str(place)]:
            failed.setdefault(source, []).append(new)
    return failed
