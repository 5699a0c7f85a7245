"""Runs as people look at them: where one stands, what became of whom."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from operator import attrgetter

from orchestrator import clock
from orchestrator.batch import source_lists
from orchestrator.batch.counting import counts, pace, tallies
from orchestrator.batch.counting.pace import Work
from orchestrator.batch.schedule import budgets, nightly
from orchestrator.clients import registry
from orchestrator.errors import Unreadable
from orchestrator.models import Chunk, RejectedRow, Run, RunCounts
from orchestrator.models.runs import OUTCOMES
from orchestrator.records.runs import ListRows, MemberResult, RejectedLine, RunSource, RunStatus, Totals
from orchestrator.sealing import file_names as sealed_names

_BROUGHT_NOTHING = ("failed", "waiting", "cancelled")


def status(run: Run) -> RunStatus:
    """Where a run stands: by its counts, which say the same as its chunks and are read in no time."""
    told = counts.of(run)
    totals = counts.totals(told)
    rate = _rate(run, told, totals)
    standing = budgets.of(run) if run.resume_at is not None else {}
    return RunStatus(
        id=run.pk,
        kind=run.kind,
        state=run.state,
        business_date=run.business_date,
        parent_id=run.parent_id,
        retry_ids=tuple(sorted(each.pk for each in run.retries.all())),
        purpose=run.purpose,
        owner=run.owner,
        team=run.team,
        over_everybody=run.over_everybody,
        created_at=run.created_at,
        finished_at=run.finished_at,
        paused_at=run.paused_at if run.state == Run.State.PAUSED else None,
        resume_at=run.resume_at,
        paused_for=tuple(source for source, budget in standing.items() if budget.pauses),
        waiting_night=_waiting_night(run),
        overtaken=run.overtaken,
        planning=run.planned_at is None and run.finished_at is None,
        total=told.size,
        totals=totals,
        per_second=rate,
        seconds_left=(told.size - totals.done) / rate if rate and run.finished_at is None else None,
        rows=ListRows(**run.row_counts) if run.row_counts else None,
        sources=tuple(_source(run, source.name, told) for source in registry.SOURCES),
        changes=dict(Counter(told.changes).most_common()),
        most_changed=tuple((pk, rows) for pk, rows in told.most_changed),
        waiting_again=told.waiting_again,
        erased=run.erased,
        forgotten_at=run.forgotten_at,
    )


def _rate(run: Run, told: RunCounts, totals: Totals) -> float | None:
    """Dossiers a second: over the last minute of work, or the whole run once it has ended."""
    if run.finished_at is not None:
        seconds = (run.finished_at - run.created_at).total_seconds()
        return totals.done / seconds if totals.done and seconds else None
    return pace.per_second((Work(*each) for each in told.lately), clock.now().timestamp())


def _waiting_night(run: Run) -> date | None:
    if run.kind != Run.Kind.NIGHTLY or run.finished_at is not None:
        return None
    waiting = nightly.waiting()
    return waiting[0] if waiting else None


def _source(run: Run, name: str, told: RunCounts) -> RunSource:
    counted = counts.of_source(told, name)
    progress = source_lists.of(run.listing)[name] if run.kind == Run.Kind.NIGHTLY else None
    next_try_at = progress.next_try_at if progress and run.finished_at is None else None
    return RunSource(
        source=name,
        calls=counted.calls,
        answered=counted.answered,
        errors=dict(Counter(counted.errors).most_common()),
        median_seconds=pace.median(counted.seconds),
        lacking=counted.lacking,
        listed=progress.listed if progress else None,
        list_error_code=progress.error_code if progress else None,
        given_up=budgets.of(run)[name].given_up,
        list_tries=progress.tries if progress else 0,
        list_max_tries=source_lists.MOST_TRIES if progress else 0,
        list_next_try_at=datetime.fromisoformat(next_try_at) if next_try_at else None,
    )


def members(run: Run, *, only_failed: bool = False) -> Iterator[MemberResult]:
    """What became of each dossier: of a list in the order of the file, else chunk by chunk."""
    chunks = run.chunks.exclude(failures={}) if only_failed else run.chunks.all()
    order = "lines__0" if run.kind == Run.Kind.LIST else "number"  # a halved chunk's halves come last
    for chunk in chunks.order_by(order).iterator(chunk_size=1 if only_failed else 10):  # few are looked at
        for place, dossier_id in enumerate(_dossiers(chunk)):
            member = _member(chunk, place, dossier_id)
            if not only_failed or member.errors:
                yield member


def page(run: Run, *, outcome: str, skip: int, count: int) -> list[MemberResult]:
    """Some of a run's members: chunks that are before them are passed by their counts, unopened."""
    order = "lines__0" if run.kind == Run.Kind.LIST else "number"
    found: list[MemberResult] = []
    for pk, number in _numbers(run, outcome, order):
        if skip >= number:
            skip -= number
            continue
        chunk = Chunk.objects.get(pk=pk)
        members = (_member(chunk, place, dossier) for place, dossier in enumerate(_dossiers(chunk)))
        wanted = [member for member in members if not outcome or member.outcome == outcome]
        found += wanted[skip : skip + count - len(found)]
        skip = 0
        if len(found) >= count:
            break
    return found


def _numbers(run: Run, outcome: str, order: str) -> Iterator[tuple[int, int]]:
    """The chunks in order, each with how many of its members ended so, or are to be passed all the same."""
    for row in run.chunks.order_by(order).values("pk", "size", *OUTCOMES):
        told = {**row, "": row["size"], "waiting": row["size"] - sum(row[name] for name in OUTCOMES)}
        yield row["pk"], told.get(outcome, 0)


def file_names(run_ids: Iterable[int]) -> dict[int, str]:
    """As `runs.file_names`."""
    kept = Run.objects.filter(pk__in=list(run_ids), file_sealed__isnull=False)
    names = {}
    for pk, name in kept.values_list("pk", "file_sealed"):
        with suppress(Unreadable):  # the run can be read all the same
            names[pk] = sealed_names.opened(pk, name or b"")
    return names


def _dossiers(chunk: Chunk) -> Sequence[int | None]:
    return chunk.dossier_ids or [None] * chunk.size


def _member(chunk: Chunk, place: int, dossier_id: int | None) -> MemberResult:
    errors, letter = chunk.failures.get(str(place), {}), chunk.saved[place]
    is_over = chunk.passes or chunk.state == Chunk.State.ENDED
    has_outcome = is_over and (errors or letter != tallies.Saved.NOTHING)
    if chunk.state == Chunk.State.CANCELLED and not has_outcome:
        outcome = "cancelled"
    else:
        outcome = tallies.outcome(letter, errors) if is_over else "waiting"
    return MemberResult(
        dossier_id=dossier_id,
        outcome=outcome,
        version=chunk.versions[place] if chunk.versions else None if chunk.passes else 0,
        until=chunk.ended_at,
        errors=errors,
        line=chunk.lines[place] if chunk.lines else None,
        restored=place in chunk.restored,
    )


def rejected_lines(run: Run) -> Iterator[RejectedLine]:
    """The rows of a list that are not built."""
    rows = RejectedRow.objects.filter(run=run).order_by("line")
    for row in rows.iterator(chunk_size=2000):
        yield RejectedLine(line=row.line, code=row.code, message=row.message, repeats=row.repeats)


def outcomes(run: Run) -> Iterator[MemberResult | RejectedLine]:
    """What became of everybody: every row of a list once, in the order of the file; or every dossier of
    another run. Streamed.

    What a retry of the run brought counts instead of what the run did, and nothing else of it; that is all
    that is held in memory.
    """
    brought = _brought_by_retries(run)
    told = (brought.get(member.dossier_id, member) for member in members(run))
    if run.kind != Run.Kind.LIST:
        return told
    return heapq.merge(told, rejected_lines(run), key=attrgetter("line"))


def _brought_by_retries(run: Run) -> dict[int | None, MemberResult]:
    """By dossier; of several retries the latest that brought something."""
    brought: dict[int | None, MemberResult] = {}
    for retry in run.retries.order_by("pk"):
        for member in members(retry):
            if member.outcome not in _BROUGHT_NOTHING:
                brought[member.dossier_id] = member
        brought |= _brought_by_retries(retry)
    return brought
