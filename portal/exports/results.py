"""What became of whom in a run, each with the dossier as the run left it, for the files of its results."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from orchestrator.errors import Unreadable
from orchestrator.records.dossiers import DossierView
from orchestrator.records.runs import MemberResult, RejectedLine
from portal.access import dossiers, runs
from portal.access.readers import Reader
from portal.presenting import refusals, words
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


def results(reader: Reader, run_id: int) -> Iterator[ResultRow]:
    """Every row of a run's list in the order of the file, or every dossier of another run; streamed.

    Raises NotFound, PermissionDenied and Forgotten, at once. What a retry of the run brought counts instead
    of what it did.
    """
    return _with_dossiers(reader, run_id, runs.outcomes(reader, run_id))


def batched(items: Iterable[Item], size: int = _AT_ONCE) -> Iterator[list[Item]]:
    """The items, some at a time."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _with_dossiers(
    reader: Reader, run_id: int, rows: Iterable[MemberResult | RejectedLine]
) -> Iterator[ResultRow]:
    for part in batched(rows):
        wanted = [row.as_of for row in part if isinstance(row, MemberResult)]
        found = dossiers.load_many(reader, run_id, (each for each in wanted if each is not None))
        for row in part:
            if isinstance(row, RejectedLine):
                reason = Reason(code=row.code, message=refusals.row_refusal(row))
                yield ResultRow(outcome=row.outcome, line=row.line, reason=reason)
            else:
                yield _result(row, found.get(row.dossier_id) if row.dossier_id is not None else None)


def _result(member: MemberResult, read: DossierView | Unreadable | None) -> ResultRow:
    view = None if isinstance(read, Unreadable) else read
    code = read.code if isinstance(read, Unreadable) else member.why_without_version(view)
    return ResultRow(
        outcome="unreadable" if isinstance(read, Unreadable) else member.outcome,
        line=member.line,
        restored=member.restored,
        errors=member.errors,
        reason=Reason(code=code, message=str(_REASONS[code]) % {"version": member.version}) if code else None,
        dossier_id=member.dossier_id,
        view=view,
    )
