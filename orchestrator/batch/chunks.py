"""A chunk's people: sealed in its row until it ends."""

from collections.abc import Iterable, Sequence
from typing import Any

from orchestrator import sealing
from orchestrator.batch import counts
from orchestrator.batch.tallies import Saved
from orchestrator.models import Chunk, Run


def new(run: Run, number: int, cpfs: Sequence[str], **values: Any) -> Chunk:
    """A new chunk of these people, not saved."""
    sealed = sealing.park(list(cpfs), _place(run.pk, number))
    told: dict[str, Any] = {"saved": Saved.NOTHING * len(cpfs), **values}
    return Chunk(run=run, number=number, size=len(cpfs), cpfs_sealed=sealed, **told)


def add(run: Run, made: Iterable[Chunk]) -> None:
    """Writes new chunks down, and that their people are in the run. The caller is in a transaction."""
    added = Chunk.objects.bulk_create(made)
    counts.grow(run.pk, sum(chunk.size for chunk in added))


def opened(chunk: Chunk) -> list[str]:
    """The CPFs of a chunk that has not ended."""
    cpfs: list[str] = sealing.unpark(chunk.cpfs_sealed or b"", _place(chunk.run_id, chunk.number))
    return cpfs


def _place(run_id: int, number: int) -> str:
    return f"chunk:{run_id}:{number}"
