"""A chunk's people: sealed in its row until it ends."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Max

from orchestrator import clock
from orchestrator.batch.counting import counts
from orchestrator.batch.counting.counts import News, OfChunk
from orchestrator.batch.counting.tallies import Saved
from orchestrator.clients import registry
from orchestrator.models import Chunk, Run
from orchestrator.sealing import envelopes

NOBODY = ""  # in place of the CPF of somebody who cannot be read


def new(run: Run, number: int, cpfs: Sequence[str], **values: Any) -> Chunk:
    """A new chunk of these people, not saved."""
    sealed = envelopes.park(list(cpfs), _place(run.pk, number))
    told: dict[str, Any] = {"saved": Saved.NOTHING * len(cpfs), **values}
    return Chunk(run=run, number=number, size=len(cpfs), cpfs_sealed=sealed, **told)


def next_number(run_id: int) -> int:
    """The first number behind those of a run's chunks: halving gives numbers while planning goes on. The
    caller holds the run's lock."""
    return (Chunk.objects.filter(run=run_id).aggregate(last=Max("number"))["last"] or 0) + 1


def add(run: Run, made: Iterable[Chunk]) -> None:
    """Writes new chunks down, and that their people are in the run. The caller is in a transaction."""
    added = Chunk.objects.bulk_create(made)
    counts.grow(run.pk, sum(chunk.size for chunk in added))
    _count_failures(added)


def look_up(
    chunk: Chunk, dossier_ids: Sequence[int], locked: Mapping[int, str], erased: Collection[int]
) -> None:
    """Writes down the dossiers of a list's people, and by place why some cannot be read; of who is erased,
    the CPF goes. The caller is in a transaction."""
    values = asked(everybody(chunk.size), locked) if locked else {}
    if erased:
        cpfs = [NOBODY if place in erased else cpf for place, cpf in enumerate(opened(chunk))]
        values["cpfs_sealed"] = envelopes.park(cpfs, _place(chunk.run_id, chunk.number))
    for name, value in {"dossier_ids": list(dossier_ids), **values}.items():
        setattr(chunk, name, value)
    chunk.save(update_fields=["dossier_ids", *values])
    _count_failures([chunk])


def _count_failures(added: Iterable[Chunk]) -> None:
    """Who cannot be read lacks every source from the start."""
    for chunk in added:
        if chunk.failures:
            moved = counts.of_chunk(chunk)
            counts.move(chunk.run_id, OfChunk(), moved, News(), began_at=clock.now())


def opened(chunk: Chunk) -> list[str]:
    """The CPFs of a chunk that has not ended."""
    cpfs: list[str] = envelopes.unpark(chunk.cpfs_sealed or b"", _place(chunk.run_id, chunk.number))
    return cpfs


def everybody(size: int) -> dict[str, Sequence[int]]:
    """All places of a chunk, at each source."""
    return {source.name: range(size) for source in registry.SOURCES}


def asked(places: Mapping[str, Sequence[int]], locked: Mapping[int, str]) -> dict[str, Any]:
    """What a chunk's row says where sources are asked about some of its places (by source), but not about
    who cannot be read (by place why): they have failed there from the start."""
    return {
        "asks": {source: [place for place in each if place not in locked] for source, each in places.items()},
        "failures": {
            str(place): {source: code for source, each in places.items() if place in each}
            for place, code in locked.items()
        },
    }


def _place(run_id: int, number: int) -> str:
    return f"chunk:{run_id}:{number}"
