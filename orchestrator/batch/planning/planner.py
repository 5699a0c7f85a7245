"""Who a run is about: its chunks, made while the first ones are already worked on.

All CPFs are those that a source lists and those that have a dossier: reading the lists makes the
dossiers that were missing, and behind it a walk over the dossiers by id cuts the chunks. How far
both have come is in the run's row, so that another can go on where a planner died.

Who is erased is left out, and counted. Somebody whose key is missing or does not open is in the run, and
has failed: no source can be asked about them, and nobody is lost in silence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator import clock, conf
from orchestrator.batch import chunks, people, source_lists
from orchestrator.batch.planning import retrying
from orchestrator.batch.schedule import lifecycle
from orchestrator.batch.source_lists import ListProgress
from orchestrator.batch.work import calling
from orchestrator.errors import BadAnswer, BadCredentials, DestroyedKey, Refused
from orchestrator.models import Chunk, Dossier, Run

_CUT_AT_ONCE = 5  # chunks
_LISTED_FIRST, _LISTED_AT_ONCE = 1000, 5000  # pages grow, so that work begins soon

log = structlog.get_logger(__name__)


class PlanOvertaken(Exception):
    """Somebody else plans this run now, or nobody should any more."""


def plan(run_id: int) -> None:
    """Plans as much as can be planned now; safe to run twice and by two at once.

    A source's list that cannot be read is tried again later: the sweeper sends this again.
    """
    free = Q(planner_until=None) | Q(planner_until__lte=Now())
    due = Run.objects.filter(free, pk=run_id, state=Run.State.RUNNING, planned_at=None)
    if due.update(planner_until=Now() + _lease()):
        try:
            for _ in steps(Run.objects.get(pk=run_id)):
                lifecycle.advance(run_id)
        except PlanOvertaken:
            return
    lifecycle.advance(run_id)


def steps(run: Run) -> Iterator[None]:
    """Plans a run whose lease is ours. After each step what was cut may be worked on, and another planner
    can go on if this one dies. Raises PlanOvertaken."""
    plans = {Run.Kind.LIST: _look_up, Run.Kind.NIGHTLY: _list_and_cut, Run.Kind.RETRY: _ask_again}
    return plans[Run.Kind(run.kind)](run)


def _lease() -> timedelta:
    """Half as long again as the longest step, a page of a list that does not answer."""
    return timedelta(seconds=1.5 * (conf.RUN_PATIENCE_SECONDS + conf.RUN_CALL_SECONDS))


def _hold(run: Run) -> None:
    """Locks the run: before its chunks and counts are, and before it is read who is erased. An erasure takes
    people out of the chunks of one run after the other, under the same lock, when the keys are gone."""
    Run.objects.select_for_update(no_key=True).get(pk=run.pk)


def _keep(run: Run, *, lease: timedelta | None = None, is_planned: bool = False) -> None:
    """Writes how far it has come; raises PlanOvertaken unless the run goes on and the lease is ours."""
    ours = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, planner_until=run.planner_until)
    values: dict[str, Any] = {"listing": run.listing, "walked_to": run.walked_to, "erased": run.erased}
    if is_planned:
        values["planned_at"] = Now()
    if not ours.update(**values, planner_until=Now() + (_lease() if lease is None else lease)):
        raise PlanOvertaken
    run.refresh_from_db(fields=["planner_until"])


def _look_up(run: Run) -> Iterator[None]:
    """A list has its chunks, in the file's order; each still needs the dossiers of its people."""
    waiting = run.chunks.filter(dossier_ids=None).order_by("number")
    while True:
        with transaction.atomic():
            _hold(run)
            chunk = waiting.first()
            if chunk is None:
                break
            dossier_ids = people.ensure(chunks.opened(chunk))
            opened = people.opened(people.rows(Dossier.objects.filter(pk__in=dossier_ids)))
            # Each row of a file is to have an outcome: who is erased fails as well.
            codes = opened.locked | dict.fromkeys(opened.erased, DestroyedKey.code)
            locked = {place: codes[pk] for place, pk in enumerate(dossier_ids) if pk in codes}
            erased = {place for place, pk in enumerate(dossier_ids) if pk in opened.erased}
            _keep(run)
            chunks.look_up(chunk, dossier_ids, locked, erased)
        yield
    _keep(run, is_planned=True)


def _ask_again(run: Run) -> Iterator[None]:
    """A retry has a chunk for each one of its parent in which something failed."""
    failing = Chunk.objects.filter(run=run.parent_id, ended_at__isnull=False).exclude(failures={})
    while chunk := failing.filter(number__gt=run.walked_to).order_by("number").first():
        with transaction.atomic():
            _hold(run)
            made = retrying.again(run, chunk)
            _keep(run)
            chunks.add(run, made)
        yield
    _keep(run, is_planned=True)


def _list_and_cut(run: Run) -> Iterator[None]:
    """Cuts what is known, reads another page of each list, and so on to the end of both."""
    lists = source_lists.waiting(source_lists.of(run.listing), None)
    run.listing = source_lists.stored(lists)
    failing: set[str] = set()
    while True:
        yield from _cut(run)
        readable = [source for source, each in lists.items() if not each.is_over and source not in failing]
        if not readable:
            break
        found: set[str] = set()  # most people are in several lists
        for source in readable:
            lists[source], cpfs = read_page(source, lists[source])
            if lists[source].error_code:
                failing.add(source)
                run.listing |= source_lists.stored({source: lists[source]})  # told at once
            found.update(cpfs)
            _keep(run)  # the lease
        people.make_missing(found)
        run.listing = source_lists.stored(lists)
        _keep(run)
    if source_lists.are_over(lists):
        yield from _cut(run, to_the_end=True)
        _keep(run, is_planned=True)
    else:  # another planner tries again then
        wait = timedelta(seconds=conf.RUN_RETRY_SECONDS)
        run.listing = source_lists.stored(source_lists.waiting(lists, clock.now() + wait))
        _keep(run, lease=wait)


def read_page(source: str, progress: ListProgress) -> tuple[ListProgress, Sequence[str]]:
    """One page of a source's list further, and its people. A failure is told in the progress."""
    limit = min(max(_LISTED_FIRST, progress.listed), _LISTED_AT_ONCE)
    called = calling.bulk(source, lambda client: client.cpfs(progress.cursor or "", limit))
    page = called.value
    if page is not None and page.next_cursor not in ("", progress.cursor):
        return ListProgress(cursor=page.next_cursor, listed=progress.listed + len(page.cpfs)), page.cpfs
    error = called.error or BadAnswer("next_cursor does not move on")
    log.warning("run.list_not_read", source=source, error_code=error.code, reason=str(error))
    tries = progress.tries + error.was_called  # what was not called says nothing
    is_hopeless = isinstance(error, BadCredentials | Refused)
    failed = replace(progress, tries=tries, error_code=error.code, is_hopeless=is_hopeless)
    if isinstance(error, Refused) and progress.cursor:  # it may be the cursor that it refuses
        failed = replace(failed, cursor="", listed=0, is_hopeless=False)
    return failed, page.cpfs if page else ()


def _cut(run: Run, *, to_the_end: bool = False) -> Iterator[None]:
    """Chunks of the dossiers that have none yet; the last, smaller one only where told."""
    while True:
        with transaction.atomic():
            _hold(run)
            following = Dossier.objects.filter(pk__gt=run.walked_to).order_by("pk")
            found = people.rows(following[: conf.RUN_CHUNK * _CUT_AT_ONCE])
            whole = len(found) if to_the_end else len(found) // conf.RUN_CHUNK * conf.RUN_CHUNK
            if not whole:
                return
            opened = people.opened(found[:whole])
            run.walked_to = found[whole - 1][0]
            run.erased += len(opened.erased)
            _keep(run)
            ids = [pk for pk, *_ in found[:whole] if pk not in opened.erased]
            parts = [ids[start : start + conf.RUN_CHUNK] for start in range(0, len(ids), conf.RUN_CHUNK)]
            first = chunks.next_number(run.pk)
            chunks.add(run, [_chunk(run, first + at, part, opened) for at, part in enumerate(parts)])
        yield


def _chunk(run: Run, number: int, ids: list[int], opened: people.Opened) -> Chunk:
    locked = {place: opened.locked[pk] for place, pk in enumerate(ids) if pk in opened.locked}
    shut_out = chunks.asked(chunks.everybody(len(ids)), locked) if locked else {}
    cpfs = [opened.cpfs.get(pk, chunks.NOBODY) for pk in ids]
    return chunks.new(run, number, cpfs, dossier_ids=ids, **shut_out)
