"""What became of whom in a run, each with the dossier as the run left it, for the files of its results."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from orchestrator import dossiers, runs
from orchestrator.errors import Unreadable
from orchestrator.records.dossiers import AsOf, DossierView
from orchestrator.records.runs import MemberResult, RejectedLine
from portal.presenting import words
from portal.presenting.words import Words

_AT_ONCE = 500  # dossiers in memory

# Why a result has no values.
_REASONS: dict[str, Words] = {
    **words.GONE,
    "unknown_key": _("Falta nesta instalação a chave deste dossiê; nada se perdeu."),
    "version_unknown": _("A consulta em lote é do tempo em que não se anotava a versão que ela deixava."),
    "version_deleted": _("A versão %(version)s, que a consulta deixou, foi apagada com o tempo."),
}

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a line has no dossier, or no values, in the language that is active."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """A dossier of a run as it left it, or a row of a list that was not built: then `view` is None, and
    `reason` says why.

    `outcome` is that of the run, or `rejected`, `duplicate` or `unreadable`. `errors` are by source.
    """

    outcome: str
    line: int | None = None
    restored: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    reason: Reason | None = None
    dossier_id: int | None = None
    view: DossierView | None = None


def results(run_id: int) -> Iterator[ResultRow]:
    """Every row of a run's list in the order of the file, or every dossier of another run; streamed.

    Raises NotFound and Forgotten, at once. What a retry of the run brought counts instead of what it did.
    """
    return _told(runs.outcomes(run_id))


def batched(items: Iterable[Item], size: int = _AT_ONCE) -> Iterator[list[Item]]:
    """The items, some at a time."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _told(rows: Iterable[MemberResult | RejectedLine]) -> Iterator[ResultRow]:
    for part in batched(rows):
        members = [row for row in part if isinstance(row, MemberResult)]
        found = dossiers.load_many(filter(None, map(_as_of, members)))
        for row in part:
            yield _refused(row) if isinstance(row, RejectedLine) else _result(row, found)


def _as_of(member: MemberResult) -> AsOf | None:
    """The dossier as the run left it; who was checked by somebody else is told as that one found them."""
    if member.dossier_id is None:
        return None
    return AsOf(
        dossier_id=member.dossier_id,
        version=member.version or 0,
        until=member.until,
        errors=None if member.outcome == "skipped" else member.errors,
    )


def _result(member: MemberResult, found: Mapping[int, DossierView | Unreadable]) -> ResultRow:
    view = found.get(member.dossier_id) if member.dossier_id is not None else None
    if isinstance(view, Unreadable):
        reason: Reason | None = Reason(code=view.code, message=str(_REASONS[view.code]))
    else:
        reason = _without_version(member, view)
    return ResultRow(
        outcome="unreadable" if isinstance(view, Unreadable) else member.outcome,
        line=member.line,
        restored=member.restored,
        errors=member.errors,
        reason=reason,
        dossier_id=member.dossier_id,
        view=None if isinstance(view, Unreadable) else view,
    )


def _without_version(member: MemberResult, view: DossierView | None) -> Reason | None:
    """Why there are no values although the run brought some."""
    if member.version is None:
        return Reason(code="version_unknown", message=str(_REASONS["version_unknown"]))
    if member.version and (view is None or view.version is None):
        message = str(_REASONS["version_deleted"]) % {"version": member.version}
        return Reason(code="version_deleted", message=message)
    return None


def _refused(row: RejectedLine) -> ResultRow:
    outcome = "rejected" if row.repeats is None else "duplicate"
    return ResultRow(
        outcome=outcome, line=row.line, reason=Reason(code=row.code, message=words.row_refusal(row))
    )
