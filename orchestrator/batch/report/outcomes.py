"""What became of everybody in a run, what its retries brought counted in."""

import heapq
from collections.abc import Iterator
from typing import Any

from orchestrator.batch.report import reporting
from orchestrator.models import Run
from orchestrator.records.runs import MemberResult, RejectedLine

_BROUGHT_NOTHING = ("failed", "waiting", "cancelled")


def outcomes(run: Run) -> Iterator[MemberResult | RejectedLine]:
    """Every row of a list once, in the order of the file; or every dossier of another run. Streamed.

    What a retry of the run brought counts instead of what the run did, and nothing else of it; that is all
    that is held in memory.
    """
    brought = _brought_by_retries(run)
    members = (brought.get(member.dossier_id, member) for member in reporting.members(run))
    if run.kind != Run.Kind.LIST:
        return members
    return heapq.merge(members, reporting.rejected_lines(run), key=_line)


def _line(row: Any) -> int:
    return int(row.line)


def _brought_by_retries(run: Run) -> dict[int | None, MemberResult]:
    """By dossier; of several retries the latest that brought something."""
    brought: dict[int | None, MemberResult] = {}
    for retry in run.retries.order_by("pk"):
        for member in reporting.members(retry):
            if member.outcome not in _BROUGHT_NOTHING:
                brought[member.dossier_id] = member
        brought |= _brought_by_retries(retry)
    return brought
