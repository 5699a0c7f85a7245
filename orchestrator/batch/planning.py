"""Who a run is about: its chunks, made while the first ones are already worked on.

All CPFs are those that a source lists and those that have a dossier: reading the lists makes the
dossiers that were missing, and behind it a walk over the dossiers by id cuts the chunks. How far
both have come is in the run's row, so that another can go on where a planner died.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Now

from orchestrator import conf, sealing, snapshots
from orchestrator.batch import chunks, listing, people, window
from orchestrator.models import Chunk, Dossier, Run

_CUT_AT_ONCE = 5  # chunks


class Overtaken(Exception):
    """Somebody else plans this run now, or nobody should any more."""


def plan(run_id: int) -> None:
    """Plans as much as can be planned now; safe to run twice and by two at once.

    A source's list that cannot be read is tried again later: the sweeper sends this again.
    """
    run = _claimed(run_id)
    if run is None:
        window.advance(run_id)
        return
    steps = _look_up(run) if run.kind == Run.Kind.LIST else _list_and_cut(run)
    try:
        for _ in steps:
            window.advance(run.pk)
    except Overtaken:
        return
    window.advance(run.pk)


def _claimed(run_id: int) -> Run | None:
    free = Q(planner_until=None) | Q(planner_until__lte=Now())
    due = Run.objects.filter(free, pk=run_id, state=Run.State.RUNNING, planned_at=None)
    return Run.objects.get(pk=run_id) if due.update(planner_until=Now() + _lease()) else None


def _lease() -> timedelta:
    """Half as long again as the longest step, a page of a list that does not answer."""
    return timedelta(seconds=1.5 * (conf.RUN_PATIENCE_SECONDS + conf.RUN_CALL_SECONDS))


def _keep(run: Run, *, lease: timedelta | None = None, is_planned: bool = False) -> None:
    """Writes how far it has come; raises Overtaken unless the run goes on and the lease is ours."""
    ours = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, planner_until=run.planner_until)
    values: dict[str, Any] = {"listing": run.listing, "walked_to": run.walked_to}
    if is_planned:
        values["planned_at"] = Now()
    if not ours.update(**values, planner_until=Now() + (_lease() if lease is None else lease)):
        raise Overtaken
    run.refresh_from_db(fields=["planner_until"])


def _look_up(run: Run) -> Iterator[None]:
    """A list has its chunks, in the file's order; each still needs the dossiers of its people."""
    waiting = run.chunks.filter(dossier_ids=None).order_by("number")
    while chunk := waiting.first():
        with transaction.atomic():
            dossier_ids = people.ensure(chunks.opened(chunk))
            _keep(run)  # first, as everybody who locks both
            Chunk.objects.filter(pk=chunk.pk).update(dossier_ids=dossier_ids)
        yield
    _keep(run, is_planned=True)


def _list_and_cut(run: Run) -> Iterator[None]:
    """Cuts what is known, reads another page of each list, and so on to the end of both."""
    lists = listing.of(run.listing)
    failing: set[str] = set()
    while True:
        yield from _cut(run)
        readable = [source for source, each in lists.items() if not each.is_over and source not in failing]
        if not readable:
            break
        found: set[str] = set()  # most people are in several lists
        for source in readable:
            lists[source], cpfs = listing.read_page(source, lists[source])
            failing |= {source} if lists[source].error_code else set()
            found.update(cpfs)
            _keep(run)  # the lease
        people.make_missing(found)
        run.listing = listing.stored(lists)
        _keep(run)
    if all(each.is_over for each in lists.values()):
        yield from _cut(run, to_the_end=True)
        _keep(run, is_planned=True)
    else:  # another planner tries again then
        _keep(run, lease=timedelta(seconds=conf.RUN_RETRY_SECONDS))


def _cut(run: Run, *, to_the_end: bool = False) -> Iterator[None]:
    """Chunks of the dossiers that have none yet; the last, smaller one only where told."""
    while True:
        with transaction.atomic():
            found = _next_dossiers(run)
            whole = len(found) if to_the_end else len(found) // conf.RUN_CHUNK * conf.RUN_CHUNK
            if not whole:
                return
            run.walked_to = found[whole - 1][0]
            _keep(run)  # first: the run is locked before its chunks and counts are
            _add_chunks(run, found[:whole])
        yield


_Row = tuple[int, memoryview, memoryview, memoryview]  # id, cpf_sealed, data_key, cpf_lookup


def _next_dossiers(run: Run) -> list[_Row]:
    rows = Dossier.objects.filter(pk__gt=run.walked_to).order_by("pk")
    columns: Any = rows.values_list("pk", "cpf_sealed", "data_key", "cpf_lookup")
    return list(columns[: conf.RUN_CHUNK * _CUT_AT_ONCE])


def _add_chunks(run: Run, dossiers: Sequence[_Row]) -> None:
    number = (run.chunks.aggregate(last=Max("number"))["last"] or 0) + 1
    readable = [(pk, cpf) for pk, *sealed in dossiers if (cpf := _cpf(*sealed))]
    parts = [readable[start : start + conf.RUN_CHUNK] for start in range(0, len(readable), conf.RUN_CHUNK)]
    made = (
        chunks.new(run, number, [cpf for _, cpf in part], dossier_ids=[pk for pk, _ in part])
        for number, part in enumerate(parts, start=number)
    )
    chunks.add(run, made)


def _cpf(cpf_sealed: memoryview, data_key: memoryview, cpf_lookup: memoryview) -> str | None:
    """None where the key is gone: that person is erased."""
    try:
        return snapshots.unsealed_cpf(data_key, cpf_lookup, cpf_sealed)
    except sealing.CannotUnseal:
        return None
