"""Runs as people look at them: where one stands, what became of whom."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from django.db.models import Max, Min, Sum

from orchestrator.batch import listing, moves, tallies, window, writing
from orchestrator.batch.records import ListRows, MemberResult, RejectedLine, RunSource, RunStatus
from orchestrator.batch.tallies import Totals
from orchestrator.clients import registry
from orchestrator.models import Chunk, RejectedRow, Run

_RATE_OVER = timedelta(minutes=1)
_COLUMNS = ("size", "calls", "failures", "changes", "most_changed", "asks")


def summary(run: Run) -> RunStatus:
    """Where a run stands, without what takes a look into each of its chunks."""
    return _status(run, ())


def status(run: Run) -> RunStatus:
    """Where a run stands."""
    return _status(run, list(run.chunks.order_by("number").values(*_COLUMNS, "state")))


def _status(run: Run, chunks: Sequence[Mapping[str, Any]]) -> RunStatus:
    totals = Totals(**run.totals) if run.totals else window.totals_of(run)
    total = run.chunks.aggregate(total=Sum("size"))["total"] or 0
    rate = _rate(run, totals)
    changes: Counter[str] = sum((Counter(chunk["changes"]) for chunk in chunks), Counter())
    return RunStatus(
        id=run.pk,
        kind=run.kind,
        state=run.state,
        business_date=run.business_date,
        parent_id=run.parent_id,
        retry_ids=tuple(run.retries.order_by("pk").values_list("pk", flat=True)),
        purpose=run.purpose,
        owner=run.owner,
        created_at=run.created_at,
        finished_at=run.finished_at,
        resume_at=run.resume_at,
        paused_for=_paused_for(run),
        planning=run.planned_at is None and run.finished_at is None,
        total=total,
        totals=totals,
        per_second=rate,
        seconds_left=(total - totals.done) / rate if rate and run.finished_at is None else None,
        rows=ListRows(**run.row_counts) if run.row_counts else None,
        sources=tuple(_source(run, source.name, chunks) for source in registry.SOURCES),
        changes=dict(changes.most_common()),
        most_changed=_most_changed(chunks),
        waiting_again=sum(_asked_again(chunk) for chunk in chunks),
    )


def _rate(run: Run, totals: Totals) -> float | None:
    """Dossiers a second: over the last minute of work, or the whole run once it has ended."""
    if run.finished_at is not None:
        seconds = (run.finished_at - run.created_at).total_seconds()
        return totals.done / seconds if totals.done and seconds else None
    since = writing.now() - _RATE_OVER
    ended = run.chunks.filter(ended_at__gte=since).aggregate(
        done=Sum("size"), first=Min("began_at"), last=Max("ended_at")
    )
    if not ended["done"]:
        return None
    seconds = (ended["last"] - ended["first"]).total_seconds()
    return float(ended["done"] / seconds) if seconds else None


def _paused_for(run: Run) -> tuple[str, ...]:
    if run.resume_at is None:
        return ()
    return tuple(source for source, budget in window.budgets(run).items() if budget.pauses)


def _source(run: Run, name: str, chunks: Sequence[Mapping[str, Any]]) -> RunSource:
    calls = [call for chunk in chunks for call in chunk["calls"] if call["source"] == name]
    answered = [call["seconds"] for call in calls if call["error_code"] is None]
    progress = listing.of(run.listing)[name] if run.kind == Run.Kind.NIGHTLY else None
    return RunSource(
        source=name,
        calls=len(calls),
        answered=len(answered),
        errors=dict(Counter(call["error_code"] for call in calls if call["error_code"]).most_common()),
        median_seconds=median(answered) if answered else None,
        lacking=sum(name in codes for chunk in chunks for codes in chunk["failures"].values()),
        listed=progress.listed if progress else None,
        list_error_code=progress.error_code if progress else None,
        given_up=window.budgets(run)[name].given_up,
    )


def _most_changed(chunks: Sequence[Mapping[str, Any]]) -> tuple[tuple[int, int], ...]:
    known = ((pk, rows) for chunk in chunks for pk, rows in chunk["most_changed"])
    return tuple((pk, rows) for pk, rows in moves.most(known, {}))


def _asked_again(chunk: Mapping[str, Any]) -> int:
    if chunk["state"] in (Chunk.State.ENDED, Chunk.State.CANCELLED) or chunk["asks"] is None:
        return 0
    return len({place for places in chunk["asks"].values() for place in places})


def members(run: Run, *, only_failed: bool) -> Iterator[MemberResult]:
    """What became of each dossier, chunk by chunk."""
    chunks = run.chunks.exclude(failures={}) if only_failed else run.chunks.all()
    for chunk in chunks.order_by("number").iterator(chunk_size=10):
        for place, dossier_id in enumerate(chunk.dossier_ids or []):
            member = _member(chunk, place, dossier_id)
            if not only_failed or member.errors:
                yield member


def _member(chunk: Chunk, place: int, dossier_id: int) -> MemberResult:
    errors, letter = chunk.failures.get(str(place), {}), chunk.saved[place]
    waits = not chunk.passes and not errors and letter == tallies.Saved.NOTHING
    return MemberResult(
        dossier_id=dossier_id,
        outcome="waiting" if waits else tallies.outcome(letter, errors),
        errors=errors,
        line=chunk.lines[place] if chunk.lines else None,
        restored=place in chunk.restored,
    )


def rejected_lines(run: Run) -> Iterator[RejectedLine]:
    """The rows of a list that are not built."""
    rows = RejectedRow.objects.filter(run=run).order_by("line")
    for row in rows.iterator(chunk_size=2000):
        yield RejectedLine(line=row.line, code=row.code, message=row.message, repeats=row.repeats)
