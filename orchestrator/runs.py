"""All that the portal and the command line may do with runs over many dossiers; beside `dossiers`,
the other door to this package.
"""

from collections.abc import Iterator
from typing import BinaryIO

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator.batch import nightly, reporting, tending, uploading, window
from orchestrator.batch.records import ListRows, MemberResult, RejectedLine, RunSource, RunStatus, Totals
from orchestrator.errors import InvalidInput, NotFound, NothingToRetry
from orchestrator.models import Run

__all__ = [
    "InvalidInput",
    "ListRows",
    "MemberResult",
    "NotFound",
    "NothingToRetry",
    "RejectedLine",
    "RunSource",
    "RunStatus",
    "Totals",
    "cancel",
    "held_up",
    "latest",
    "members",
    "pause",
    "refresh",
    "rejected_lines",
    "resume",
    "retry_failed",
    "status",
    "upload",
]


def refresh(*, owner: str) -> int:
    """Starts a run over everybody, now; gives its id, or that of the one that is already active."""
    while True:
        if run_id := nightly.start(owner=owner):
            return run_id
        active = Run.objects.filter(kind=Run.Kind.NIGHTLY, finished_at=None)
        if run_id := active.values_list("pk", flat=True).first():
            return run_id


def upload(file: BinaryIO, *, purpose: str, owner: str, allow_invalid_check_digits: bool = False) -> int:
    """Accepts a list (CSV or XLSX with a column `cpf`, up to 100,000 rows) to be built; gives the run's id.

    Bad rows are told by `rejected_lines`, the good ones are built. Raises InvalidInput with field
    `file` where the list as a whole cannot be read or has no good row, or `purpose`.
    """
    return uploading.upload(
        file, purpose=purpose, owner=owner, allow_invalid_check_digits=allow_invalid_check_digits
    )


def retry_failed(run_id: int, *, owner: str) -> int:
    """Starts a run over those who failed or are partial in an ended run, asking only what failed.

    Gives its id. Raises NotFound, and NothingToRetry.
    """
    return uploading.retry(_get(run_id), owner=owner)


def pause(run_id: int) -> None:
    """No new chunk begins until it is resumed; those under way end. Raises NotFound.

    A nightly run that stays paused for a day is ended by the night that it holds up.
    """
    with transaction.atomic():
        run = _locked(run_id)
        if run.finished_at is None:
            since = {} if run.state == Run.State.PAUSED else {"paused_at": Now()}
            Run.objects.filter(pk=run_id).update(state=Run.State.PAUSED, resume_at=None, **since)


def resume(run_id: int) -> None:
    """Lets a paused run go on, also one that paused by itself. Raises NotFound."""
    with transaction.atomic():
        run = _locked(run_id)
        if run.state == Run.State.PAUSED:
            Run.objects.filter(pk=run_id).update(state=Run.State.RUNNING, resume_at=None)
    tending.go_on(run_id)


def cancel(run_id: int) -> None:
    """Ends a run at once: what it has saved stands, what is under way is not saved. Raises NotFound."""
    with transaction.atomic():
        run = _locked(run_id)
        if run.finished_at is not None:
            return
        window.cancel(run)


def status(run_id: int) -> RunStatus:
    """Where a run stands. Raises NotFound."""
    return reporting.status(_get(run_id))


def held_up() -> RunStatus | None:
    """The run that a night which is owed waits for; None where none waits."""
    waiting = nightly.waiting()
    return reporting.summary(waiting[1]) if waiting else None


def latest(count: int = 50, before: int | None = None) -> list[RunStatus]:
    """The newest runs, the newest first; those before a run's id, if given."""
    chosen = Run.objects.filter(Q(pk__lt=before) if before else Q())
    return [reporting.summary(run) for run in chosen.order_by("-pk")[:count]]


def members(run_id: int, *, only_failed: bool = False) -> Iterator[MemberResult]:
    """What became of each dossier, in the order of the list, or of ids; streamed. Raises NotFound."""
    return reporting.members(_get(run_id), only_failed=only_failed)


def rejected_lines(run_id: int) -> Iterator[RejectedLine]:
    """The rows of a list that are not built, in the order of the file; streamed. Raises NotFound."""
    return reporting.rejected_lines(_get(run_id))


def _get(run_id: int) -> Run:
    try:
        return Run.objects.get(pk=run_id)
    except Run.DoesNotExist:
        raise NotFound("There is no such run.") from None


def _locked(run_id: int) -> Run:
    """The run, locked: the caller is in a transaction. Raises NotFound."""
    try:
        return Run.objects.select_for_update().get(pk=run_id)
    except Run.DoesNotExist:
        raise NotFound("There is no such run.") from None
