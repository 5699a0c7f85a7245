"""A chunk's people: sealed in its row until it ends."""

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator import sealing
from orchestrator.batch.tallies import Saved
from orchestrator.clients import registry
from orchestrator.models import Chunk, Run

NOBODY = ""  # in place of the CPF of somebody who cannot be read


def new(run: Run, number: int, cpfs: Sequence[str], **values: Any) -> Chunk:
    """A new chunk of these people, not saved."""
    sealed = sealing.park(list(cpfs), _place(run.pk, number))
    told: dict[str, Any] = {"saved": Saved.NOTHING * len(cpfs), **values}
    return Chunk(run=run, number=number, size=len(cpfs), cpfs_sealed=sealed, **told)


def opened(chunk: Chunk) -> list[str]:
    """The CPFs of a chunk that has not ended."""
    cpfs: list[str] = sealing.unpark(chunk.cpfs_sealed or b"", _place(chunk.run_id, chunk.number))
    return cpfs


def everybody(size: int) -> dict[str, Sequence[int]]:
    """All places of a chunk, at each source."""
    return {source.name: range(size) for source in registry.SOURCES}


def asked(places: Mapping[str, Sequence[int]], locked: Mapping[int, str]) -> dict[str, Any]:
    """What a chunk's row says where sources are asked about some of its places (by source), but not about
    who cannot be read (by place why): they have failed there from the start."""
    return {
        "failed": len(locked),
        "asks": {source: [place for place in each if place not in locked] for source, each in places.items()},
        "failures": {
            str(place): {source: code for source, each in places.items() if place in each}
            for place, code in locked.items()
        },
    }


def _place(run_id: int, number: int) -> str:
    return f"chunk:{run_id}:{number}"
