"""What became of whom in a run, each with the dossier as it stands: what the files of a run are made of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TypeVar

from orchestrator import dossiers, runs
from orchestrator.dossiers import DossierView
from orchestrator.runs import MemberResult, RejectedLine
from portal import words

_AT_ONCE = 500  # dossiers in memory
_BROUGHT_NOTHING = ("failed", "waiting")

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a line has no dossier, in the language that is active."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """A dossier of a run, or a row of a list that was not built; then `view` is None and `reason` says why.

    `outcome` is that of the run, or `rejected`, `duplicate` or `unreadable`. `errors` are by source.
    """

    outcome: str
    line: int | None = None
    restored: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    reason: Reason | None = None
    dossier_id: int | None = None
    view: DossierView | None = None


def results(run_id: int) -> Iterator[Result]:
    """Every dossier of a run and then the rejected rows of its list; streamed. Raises NotFound, at once.

    What a retry of the run brought counts instead of what the run did; that is all that is held in memory.
    """
    return chain(_built(runs.members(run_id), _brought_by_retries(run_id)), _rejected(run_id))


def batched(items: Iterable[Item], size: int = _AT_ONCE) -> Iterator[list[Item]]:
    """The items, some at a time."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _brought_by_retries(run_id: int) -> dict[int, MemberResult]:
    brought: dict[int, MemberResult] = {}
    for retry_id in runs.status(run_id).retry_ids:
        members = {member.dossier_id: member for member in runs.members(retry_id)}
        brought |= {pk: member for pk, member in members.items() if member.outcome not in _BROUGHT_NOTHING}
        brought |= _brought_by_retries(retry_id)
    return brought


def _built(members: Iterable[MemberResult], brought: Mapping[int, MemberResult]) -> Iterator[Result]:
    for part in batched(members):
        views = dossiers.load_many([member.dossier_id for member in part])
        for member in part:
            yield _result(brought.get(member.dossier_id, member), views.get(member.dossier_id))


def _result(member: MemberResult, view: DossierView | None) -> Result:
    return Result(
        outcome=member.outcome if view else "unreadable",
        line=member.line,
        restored=member.restored,
        errors=member.errors,
        reason=None if view else Reason(code="unreadable", message=str(words.UNREADABLE)),
        dossier_id=member.dossier_id,
        view=view,
    )


def _rejected(run_id: int) -> Iterator[Result]:
    return (_refused(row) for row in runs.rejected_lines(run_id))


def _refused(row: RejectedLine) -> Result:
    outcome = "rejected" if row.repeats is None else "duplicate"
    return Result(
        outcome=outcome, line=row.line, reason=Reason(code=row.code, message=words.row_refusal(row))
    )
