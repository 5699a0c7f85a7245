"""Saving a chunk: the sources' answers become blocks, decisions, and one bulk write.

The functions that read an answer, assemble and decide are the single request's. What was decided
without a lock is written under it, except where somebody else has checked the dossier meanwhile.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from django.db import connection, transaction
from django.db.models.functions import Now

from orchestrator import clock, conf
from orchestrator.batch import chunks
from orchestrator.batch.counting import counts, tallies
from orchestrator.batch.counting.counts import News, OfChunk
from orchestrator.batch.counting.tallies import Saved
from orchestrator.batch.schedule import lifecycle, passes
from orchestrator.batch.work import deciding, parking, writing
from orchestrator.batch.work.deciding import Deciding, Decisions, Earlier, PassMember, SourceAnswer
from orchestrator.clients import registry
from orchestrator.errors import DestroyedKey
from orchestrator.models import Chunk
from orchestrator.records.runs import BulkCall, Failure

log = structlog.get_logger(__name__)


class PassOvertaken(Exception):
    """The pass was ended by somebody else, or cancelled."""


def save(chunk_id: int, number: int, claim: int | None = None) -> None:
    """Ends a chunk's pass of that number with what was parked for it, and lets the run go on.

    Safe to run twice and by two at once. Where an answer is still being fetched, whoever was sent with
    that saves; so does who was sent since this was, by its `claim`, where one is not there yet.
    """
    with passes.blamed(chunk_id, number), passes.step(chunk_id, number, "save") as now:
        if now is None:
            return
        chunk = Chunk.objects.select_related("run").filter(pk=chunk_id, passes=number).first()
        if chunk is not None:
            structlog.contextvars.bind_contextvars(run=chunk.run_id)
            _save(chunk, now, is_latest=claim in (None, chunk.claims))


def _save(chunk: Chunk, now: datetime, *, is_latest: bool) -> None:
    sources = [source.name for source in registry.SOURCES]
    parked = parking.take(chunk.pk, chunk.passes, sources)
    lost = [source for source in sources if source not in parked]
    if (lost and not is_latest) or any(passes.is_done_by_somebody(chunk.pk, source) for source in lost):
        return
    if lost and chunk.lost + 1 < conf.RUN_MOST_LOST:
        log.warning("run.parts_lost", chunk=chunk.pk, sources=lost)
        passes.lose(chunk.pk, chunk.passes)
        return
    for source in lost:
        # Redis loses it again and again, such as one that is full: the source is not asked for ever, and
        # nothing is said of it.
        call = BulkCall(source=source, asked=0, seconds=0.0, error_code="deadline", retryable=True)
        parked[source] = parking.Part(call=call, body=b"")
    try:
        calls = _Pass(chunk, parked, now).save()
    except PassOvertaken:
        return
    parking.drop(chunk.pk, chunk.passes, sources)
    lifecycle.advance(chunk.run_id, calls)


@dataclass(frozen=True, kw_only=True)
class _Written:
    """By place what was done, the version that was made or confirmed, and which sources failed and how."""

    letters: dict[int, Saved]
    versions: dict[int, int]
    failures: dict[int, dict[str, Failure]]


class _Pass:
    """One pass over a chunk."""

    def __init__(self, chunk: Chunk, parked: Mapping[str, parking.Part], now: datetime) -> None:
        self._chunk, self._parked = chunk, parked
        began_at = [part.call.began_at for part in parked.values() if part.call.began_at]
        self._began_at = min(map(datetime.fromisoformat, began_at), default=now)
        self._seconds: dict[str, float] = dict(chunk.seconds)

    def save(self) -> list[BulkCall]:
        """Reads, decides, writes; gives the calls as they turned out. Raises PassOvertaken."""
        with self._timed("read"):
            cpfs = chunks.opened(self._chunk)
            told = {
                source: SourceAnswer(part, deciding.asked(self._chunk, cpfs, source))
                for source, part in self._parked.items()
            }
        with self._timed("decide"):
            decisions = self._decide(told, cpfs)
            rows: dict[int, Mapping[str, int]] = {}  # by dossier, of those that changed
            for pk, before in decisions.before.items():
                kept = decisions.kept.get(pk)
                if kept is not None and kept.changed:
                    rows[pk] = tallies.moved(before, orjson.loads(kept.content), registry.by_name())
        calls = [answer.call for answer in told.values() if answer.call.asked]
        with transaction.atomic():
            with connection.cursor() as cursor:
                lock_timeout = f"{conf.RUN_LEASE_SECONDS / 2:.0f}s"  # who waits is not taken for who hangs
                cursor.execute("select set_config('lock_timeout', %s, true)", [lock_timeout])
            with self._timed("write"):
                written = self._write(decisions)
            self._note(decisions, written, _news(decisions, written.letters, rows, calls))
        return calls

    def _decide(self, told: Mapping[str, SourceAnswer], cpfs: list[str]) -> Decisions:
        chunk = self._chunk
        dossier_ids = chunk.dossier_ids or []
        standings = writing.standing(dossier_ids)
        places = None if chunk.asks is None else {place for each in chunk.asks.values() for place in each}
        people = [
            PassMember(place=place, cpf=cpfs[place], standing=standings[pk])
            for place, pk in enumerate(dossier_ids)
            if pk in standings and (places is None or place in places)
        ]
        earlier = Earlier(failures=chunk.failures, since=chunk.run.created_at)
        attempts = chunk.passes + 1
        return Deciding(told, began_at=self._began_at, attempts=attempts, earlier=earlier).decide(people)

    def _write(self, decisions: Decisions) -> _Written:
        """Writes what was decided, but for whom somebody else has checked since, or erased."""
        people = decisions.people
        locked = writing.locked(decisions.kept)
        erased = dict.fromkeys((pk for pk, seen in locked.items() if seen is None), DestroyedKey.code)
        kept = {pk: each for pk, each in decisions.kept.items() if locked.get(pk) == people[pk].standing.seen}
        numbers = {pk: people[pk].standing.latest_version + each.changed for pk, each in kept.items()}
        new = {pk: number for pk, number in numbers.items() if kept[pk].changed}
        at = clock.now()
        added = writing.add_versions(self._chunk.run_id, at, kept, new)
        overtaken = decisions.kept.keys() - kept.keys() - erased.keys()
        kept = {pk: each for pk, each in kept.items() if pk not in added.closed}
        writing.move(at, kept, numbers, added.names)
        writing.rehash({pk: each for pk, each in kept.items() if each.rehash}, numbers)
        versions = dict(decisions.skipped)
        for pk in overtaken:
            seen = locked.get(pk)
            versions[people[pk].place] = seen[0] if seen else 0
        letters = dict.fromkeys(versions, Saved.SKIPPED)
        for pk, each in kept.items():
            place = people[pk].place
            versions[place] = numbers[pk]
            moved = Saved.CHANGED if people[pk].standing.has_version else Saved.NEW
            letters[place] = moved if each.changed else Saved.UNCHANGED
        closed = added.closed | erased
        shut_out = {people[pk].place: self._shut_out(people[pk].place, code) for pk, code in closed.items()}
        return _Written(letters=letters, versions=versions, failures=decisions.failures | shut_out)

    def _note(self, decisions: Decisions, written: _Written, news: News) -> None:
        """Writes what came of the pass into the chunk's row, where nobody else has ended it."""
        chunk, letters = self._chunk, written.letters
        failures = tallies.failures_after(chunk.failures, chunk.asks, letters, written.failures)
        saved = tallies.merged(chunk.saved, letters)
        versions = tallies.versions_after(chunk.versions or [0] * chunk.size, written.versions, letters)
        again = _asks_again(decisions, letters) if chunk.passes + 1 < conf.RUN_PASSES else {}
        totals = tallies.count(saved, failures)
        values = {
            "passes": chunk.passes + 1,
            "lost": 0,
            "saved": saved,
            "versions": writing.numbers(versions),
            "failures": failures,
            "calls": [*chunk.calls, *map(asdict, news.calls)],
            "seconds": self._seconds,
            "changes": Counter(chunk.changes) + Counter(news.changes),
            "most_changed": tallies.most_changed(chunk.most_changed, news.rows),
            "lease_until": None,
            **asdict(totals),
            **(_waiting(again) if again else _ENDED),
        }
        if not Chunk.objects.filter(pk=chunk.pk, passes=chunk.passes, ended_at=None).update(**values):
            raise PassOvertaken
        waiting = {place for places in again.values() for place in places}
        after = OfChunk(totals=totals, lacking=tallies.lacking(failures), waiting_again=len(waiting))
        began_at = chunk.began_at or clock.now()  # it was begun
        counts.move(chunk.run_id, counts.of_chunk(chunk), after, news, began_at=began_at)

    def _shut_out(self, place: int, code: str) -> dict[str, Failure]:
        asks = chunks.everybody(self._chunk.size) if self._chunk.asks is None else self._chunk.asks
        return {
            source: Failure(code=code, retryable=False) for source, places in asks.items() if place in places
        }

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._seconds[phase] = self._seconds.get(phase, 0.0) + time.perf_counter() - began


_ENDED: dict[str, Any] = {"state": Chunk.State.ENDED, "cpfs_sealed": None, "asks": None, "ended_at": Now()}


def _waiting(asks: Mapping[str, list[int]]) -> dict[str, Any]:
    due_at = Now() + timedelta(seconds=conf.RUN_RETRY_SECONDS)
    return {"state": Chunk.State.WAITING, "asks": asks, "due_at": due_at, "began_at": None}


def _asks_again(decisions: Decisions, letters: Mapping[int, Saved]) -> dict[str, list[int]]:
    """By source the places about which it is worth asking again; not where somebody else has checked."""
    asks: dict[str, list[int]] = {}
    for place, failures in decisions.failures.items():
        if letters.get(place) is not Saved.SKIPPED:
            for source, failure in failures.items():
                if failure.retryable:
                    asks.setdefault(source, []).append(place)
    return asks


def _news(
    decisions: Decisions,
    letters: Mapping[int, Saved],
    rows: Mapping[int, Mapping[str, int]],
    calls: Sequence[BulkCall],
) -> News:
    """What the pass adds to the run's counts; of whom somebody else has checked since, nothing."""
    changed = [pk for pk, person in decisions.people.items() if letters.get(person.place) is Saved.CHANGED]
    return News(
        calls=calls,
        changes=Counter(part for pk in changed for part in rows.get(pk, ())),
        rows={pk: sum(rows[pk].values()) for pk in changed if pk in rows},
    )
