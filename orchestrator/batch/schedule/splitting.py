"""A chunk that whoever works on it dies of: halved until one person is left, who is to blame.

Only deaths that were seen count. A half begins with one less than would halve it again, but who is
alone begins anew: nobody is blamed for what happened to a thousand.
"""

from collections.abc import Sequence
from dataclasses import asdict

import structlog
from django.db.models.functions import Now

from orchestrator import clock, conf
from orchestrator.batch import chunks
from orchestrator.batch.counting import counts, tallies
from orchestrator.batch.counting.counts import News, OfChunk
from orchestrator.models import Chunk
from orchestrator.records.runs import Totals

_MOST_ALONE = 2  # deaths that one person may cause, as in quarantine

log = structlog.get_logger(__name__)


def is_to_blame(chunk: Chunk) -> bool:
    """Whether it is not tried again as it is."""
    return chunk.deaths >= (_MOST_ALONE if chunk.size == 1 else conf.RUN_MOST_LOST)


def blame(chunk: Chunk) -> None:
    """Two halves in a chunk's place, or the end of the one person's part.

    The caller holds the run's lock, and has read the chunk's whole row: what it counted for is told by it
    after the row has moved.
    """
    if chunk.size == 1:
        log.error("run.person_poisoned", run=chunk.run_id, chunk=chunk.pk)
        _end(chunk)
        return
    log.warning("run.chunk_halved", run=chunk.run_id, chunk=chunk.pk, size=chunk.size)
    number = chunks.next_number(chunk.run_id)
    places, middle = range(chunk.size), chunk.size // 2
    halves = [_part(chunk, number, places[:middle]), _part(chunk, number + 1, places[middle:])]
    chunk.delete()
    Chunk.objects.bulk_create(halves)


def without(chunk: Chunk, place: int) -> tuple[list[Chunk], Chunk]:
    """Chunks of the others, and one of the person at that place; none is saved. A list's stay in its order.

    The caller holds the run's lock. Who works on the old chunk finds it gone, once that is deleted.
    """
    number, before, after = chunks.next_number(chunk.run_id), range(place), range(place + 1, chunk.size)
    parts: list[Sequence[int]] = [before, after] if chunk.lines else [[*before, *after]]
    others = [_part(chunk, number + at, part) for at, part in enumerate(parts, start=1) if part]
    for each in others:
        each.deaths = chunk.deaths
    return others, _part(chunk, number, [place])


def _end(chunk: Chunk) -> None:
    """Nothing was saved of the last pass; what an earlier one has brought stands."""
    asks = chunks.everybody(1) if chunk.asks is None else chunk.asks
    asked = [source for source, places in asks.items() if places]
    codes = {**chunk.failures.get("0", {}), **dict.fromkeys(asked, "poisoned")}
    failures = {"0": codes} if codes else {}  # nobody was asked about who had all answers before
    totals = tallies.count(chunk.saved, failures)
    Chunk.objects.filter(pk=chunk.pk).update(
        state=Chunk.State.ENDED,
        cpfs_sealed=None,
        asks=None,
        failures=failures,
        ended_at=Now(),
        **asdict(totals),
    )
    after = OfChunk(totals=totals, lacking=tallies.lacking(failures))
    counts.move(chunk.run_id, counts.of_chunk(chunk), after, News(), began_at=chunk.began_at or clock.now())


def _part(chunk: Chunk, number: int, places: Sequence[int]) -> Chunk:
    cpfs, new = chunks.opened(chunk), {place: index for index, place in enumerate(places)}
    saved = "".join(chunk.saved[place] for place in places)
    failures = {str(new[int(at)]): codes for at, codes in chunk.failures.items() if int(at) in new}
    totals = tallies.count(saved, failures) if chunk.passes else Totals()
    asks = chunk.asks
    if asks is not None:
        theirs = {source: [new[at] for at in asked if at in new] for source, asked in asks.items()}
        asks = {source: asked for source, asked in theirs.items() if asked}
    return chunks.new(
        chunk.run,
        number,
        [cpfs[place] for place in places],
        dossier_ids=[chunk.dossier_ids[place] for place in places] if chunk.dossier_ids else None,
        lines=[chunk.lines[place] for place in places] if chunk.lines else None,
        restored=[new[place] for place in chunk.restored if place in new],
        asks=asks,
        passes=chunk.passes,
        deaths=conf.RUN_MOST_LOST - 1 if len(places) > 1 else 0,
        saved=saved,
        versions=[chunk.versions[place] for place in places] if chunk.versions else None,
        failures=failures,
        **asdict(totals),
    )
