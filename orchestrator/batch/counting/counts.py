"""The sum over a run's chunks: moved with each chunk, in its transaction, and read instead of them.

A row a run, locked for as long as the rest of that transaction takes: it is moved last.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F

from orchestrator import clock
from orchestrator.batch.counting import pace, tallies
from orchestrator.batch.counting.pace import Work
from orchestrator.errors import CircuitOpen
from orchestrator.models import Chunk, Run, RunCounts
from orchestrator.models.runs import OUTCOMES
from orchestrator.records.runs import BulkCall, Totals


@dataclass(frozen=True, kw_only=True)
class OfSource:
    """How a source did: its calls, those answered, the failed ones by error code, what the answered
    ones took, and how many dossiers lack it."""

    calls: int = 0
    answered: int = 0
    lacking: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    seconds: pace.Histogram = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OfChunk:
    """What a chunk counts for as it stands."""

    totals: Totals = field(default_factory=Totals)
    lacking: Mapping[str, int] = field(default_factory=dict)  # by source: dossiers
    waiting_again: int = 0


@dataclass(frozen=True, kw_only=True)
class News:
    """What a pass over a chunk adds: its calls, in how many dossiers each section changed, and how
    many rows in each dossier."""

    calls: Sequence[BulkCall] = ()
    changes: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[int, int] = field(default_factory=dict)


def of(run: Run) -> RunCounts:
    """A run's counts; of one that has no chunk yet, nothing."""
    try:
        return run.counts
    except RunCounts.DoesNotExist:
        return RunCounts(run=run)


def totals(counts: RunCounts) -> Totals:
    """The outcomes of a run so far."""
    return Totals(**{name: getattr(counts, name) for name in OUTCOMES})


def of_source(counts: RunCounts, source: str) -> OfSource:
    """How a source did in a run so far."""
    return OfSource(**counts.sources.get(source, {}))


def of_chunk(chunk: Chunk) -> OfChunk:
    """What a chunk counts for by its row."""
    asks = chunk.asks if chunk.asks and chunk.passes and chunk.ended_at is None else {}
    return OfChunk(
        totals=Totals(**{name: getattr(chunk, name) for name in OUTCOMES}),
        lacking=tallies.lacking(chunk.failures),
        waiting_again=len({place for places in asks.values() for place in places}),
    )


def grow(run_id: int, dossiers: int) -> None:
    """Notes that so many dossiers more are in a run's chunks; or, below zero, fewer."""
    RunCounts.objects.bulk_create([RunCounts(run_id=run_id)], ignore_conflicts=True)
    RunCounts.objects.filter(run=run_id).update(size=F("size") + dossiers)


def move(run_id: int, before: OfChunk, after: OfChunk, news: News, *, began_at: datetime) -> None:
    """Notes that a chunk counts for something else now, by work that began then.

    The caller is in the transaction that moves the chunk.
    """
    row = RunCounts.objects.select_for_update(no_key=True).get(run=run_id)
    moved: dict[str, Any] = {
        "waiting_again": row.waiting_again + after.waiting_again - before.waiting_again,
        "sources": dict(row.sources),
    }
    for name in OUTCOMES:
        if difference := getattr(after.totals, name) - getattr(before.totals, name):
            moved[name] = getattr(row, name) + difference
    for source in {*after.lacking, *before.lacking, *(call.source for call in news.calls)}:
        lacking = after.lacking.get(source, 0) - before.lacking.get(source, 0)
        moved["sources"][source] = asdict(_after(of_source(row, source), source, lacking, news.calls))
    if news.rows:
        moved["changes"] = Counter(row.changes) + Counter(news.changes)
        moved["most_changed"] = tallies.most_changed(row.most_changed, news.rows)
    if (done := after.totals.counted - before.totals.counted) > 0:
        work = Work(began_at.timestamp(), clock.now().timestamp(), done)
        moved["lately"] = pace.lately_after([Work(*each) for each in row.lately], work)
    RunCounts.objects.filter(run=run_id).update(**moved)


def _after(known: OfSource, source: str, lacking: int, calls: Sequence[BulkCall]) -> OfSource:
    ours = [call for call in calls if call.source == source]
    unmade = [call for call in ours if call.error_code == CircuitOpen.code]
    answered = [call.seconds for call in ours if call.error_code is None]
    return OfSource(
        calls=known.calls + len(ours) - len(unmade),
        answered=known.answered + len(answered),
        lacking=known.lacking + lacking,
        errors=dict(Counter(known.errors) + Counter(call.error_code for call in ours if call.error_code)),
        seconds=pace.histogram_after(known.seconds, answered),
    )
