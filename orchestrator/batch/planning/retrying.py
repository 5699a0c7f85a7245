"""Asking again for what failed in a run: a run of its own, which a worker plans as it plans any other."""

from contextlib import suppress
from functools import partial

from django.db import IntegrityError, transaction

from orchestrator import dispatch
from orchestrator.batch import chunks, people
from orchestrator.errors import Forgotten, NothingToRetry
from orchestrator.models import Chunk, Dossier, Run
from orchestrator.sealing import keys

_MOST_TRIES = 5


def start(ended: Run, *, owner: str, team: str) -> int:
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
        if active := ended.retries.filter(finished_at=None).first():
            return active.pk
        with suppress(IntegrityError), transaction.atomic():  # where somebody else begins one at that moment
            run = Run.objects.create(
                kind=Run.Kind.RETRY,
                purpose=ended.purpose,
                owner=owner,
                team=team,
                parent=ended,
                over_everybody=ended.over_everybody,
            )
            transaction.on_commit(partial(dispatch.send_plan, run.pk))
            return run.pk
    raise RuntimeError("the active retry of a run came and went too often")


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
    asks: dict[str, list[int]] = {}  # by source the new places of those about whom it failed
    for new, place in enumerate(places):
        for source in failing.failures[str(place)]:
            asks.setdefault(source, []).append(new)
    made = chunks.new(
        run,
        chunks.next_number(run.pk),
        [opened.cpfs.get(ids[place], chunks.NOBODY) for place in places],
        dossier_ids=[ids[place] for place in places],
        lines=[failing.lines[place] for place in places] if failing.lines else None,
        restored=[new for new, place in enumerate(places) if place in failing.restored],
        **chunks.asked(asks, locked),
    )
    return [made]
