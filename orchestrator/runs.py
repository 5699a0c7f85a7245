"""All that the portal and the command line may do with runs over many dossiers; beside `dossiers`,
the other door to this package.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from orchestrator.batch import report
from orchestrator.batch.planning import retrying, uploading
from orchestrator.batch.schedule import lifecycle, nightly, sending
from orchestrator.errors import Forgotten, NotFound
from orchestrator.models import Dossier, Run
from orchestrator.records.requests import Purpose
from orchestrator.records.runs import ListAccepted, MemberResult, RejectedLine, RunStatus
from orchestrator.requests import asked_for

GivenList = uploading.GivenList


def refresh(*, owner: str, team: str = "") -> int:
    """Starts a run over everybody, now; gives its id, or that of the one that is already active."""
    while True:
        if run_id := nightly.start(owner=owner, team=team):
            return run_id
        active = Run.objects.filter(kind=Run.Kind.NIGHTLY, finished_at=None)
        if run_id := active.values_list("pk", flat=True).first():
            return run_id


def upload(
    file: BinaryIO,
    *,
    purpose: str,
    owner: str,
    team: str = "",
    allow_invalid_check_digits: bool = False,
    sheet: str = "",
    file_name: str = "",
) -> int:
    """Accepts a list (CSV or XLSX with a column `cpf`, up to 100,000 rows) to be built; gives the run's id.

    `sheet` names a worksheet where more than one has such a column, `file_name` is kept sealed. Bad rows
    are told by `rejected_lines`, the good ones are built. Raises InvalidInput: field `file` where the list
    as a whole cannot be read, NoGoodRow where it can and none of its rows is good, field `sheet`, or
    `purpose`.
    """
    Purpose.named(purpose)
    given = read_list(file, allow_invalid_check_digits=allow_invalid_check_digits, sheet=sheet)
    started = start_list(given, purpose=purpose, owner=owner, team=team, anew=True, file_name=file_name)
    return started.run_id


def read_list(
    file: BinaryIO, *, allow_invalid_check_digits: bool = False, sheet: str = ""
) -> uploading.GivenList:
    """Reads a list for `start_list`; raises what `upload` does. Nothing is written down."""
    return uploading.read(file, allow_invalid_check_digits=allow_invalid_check_digits, sheet=sheet)


def start_list(
    given: uploading.GivenList,
    *,
    purpose: str,
    owner: str,
    team: str = "",
    anew: bool = False,
    file_name: str = "",
) -> ListAccepted:
    """Accepts a list that was read; gives its run. Raises InvalidInput (`purpose`).

    The same list, sent again by the same owner for the same purpose while its run goes on or within ten
    minutes, is that run: unless it was cancelled or failed, or is to be built `anew`.
    """
    return uploading.start(given, purpose=purpose, owner=owner, team=team, anew=anew, file_name=file_name)


def file_names(run_ids: Iterable[int]) -> dict[int, str]:
    """What the files of these lists were called, by run, as far as that is kept and can be read: for who may
    see the run's members alone, since a name may be of somebody."""
    return report.file_names(run_ids)


def people(run_id: int, *, outcome: str = "", skip: int = 0, count: int) -> list[MemberResult]:
    """A page of a run's members, in the order of `members`: those that ended so, all unless told, but the
    first `skip`. Raises NotFound, and Forgotten."""
    return report.page(_with_details(run_id), outcome=outcome, skip=skip, count=count)


def retry_failed(run_id: int, *, owner: str, team: str = "") -> int:
    """Starts a run over those who failed or are partial in an ended run, asking only what failed.

    Gives its id, or that of the active one: a second click finds the first. Raises NotFound,
    NothingToRetry, and Forgotten.
    """
    return retrying.start(_get(run_id), owner=owner, team=team)


def pause(run_id: int) -> None:
    """No new chunk begins until it is resumed; those under way end. Raises NotFound.

    A nightly run that stays paused for a day is ended by the night that it holds up.
    """
    with transaction.atomic():
        run = _get(run_id, locked=True)
        if run.finished_at is None:
            since = {} if run.state == Run.State.PAUSED else {"paused_at": Now()}
            Run.objects.filter(pk=run_id).update(state=Run.State.PAUSED, resume_at=None, **since)


def resume(run_id: int) -> None:
    """Lets a paused run go on, also one that paused by itself. Raises NotFound."""
    with transaction.atomic():
        run = _get(run_id, locked=True)
        if run.state == Run.State.PAUSED:
            Run.objects.filter(pk=run_id).update(state=Run.State.RUNNING, resume_at=None, resumed_at=Now())
    lifecycle.go_on(run_id)
    sending.send_waiting()


def cancel(run_id: int) -> None:
    """Ends a run at once: what it has saved stands, what is under way is not saved. Raises NotFound."""
    with transaction.atomic():
        run = _get(run_id, locked=True)
        if run.finished_at is not None:
            return
        lifecycle.cancel(run)


def status(run_id: int) -> RunStatus:
    """Where a run stands. Raises NotFound."""
    return report.status(_get(run_id))


def held_up() -> RunStatus | None:
    """The run that a night which is owed waits for; None where none waits."""
    waiting = nightly.waiting()
    return report.status(waiting[1]) if waiting else None


def latest(
    count: int = 50, before: int | None = None, *, owner: str | None = None, team: str = ""
) -> list[RunStatus]:
    """The newest runs, the newest first; those before a run's id, if given. With an owner only those over
    everybody, and what this owner or the team asked for."""
    chosen = Run.objects.filter(Q(pk__lt=before) if before else Q())
    if owner is not None:
        chosen = chosen.filter(Q(over_everybody=True) | asked_for.theirs(owner, team))
    told = chosen.select_related("counts").prefetch_related("retries").order_by("-pk")
    return [report.status(run) for run in told[:count]]


def under_way() -> list[RunStatus]:
    """The runs that have not ended, the oldest first."""
    active = Run.objects.filter(finished_at=None).select_related("counts").prefetch_related("retries")
    return [report.status(run) for run in active.order_by("created_at")]


def known_people() -> int:
    """How many people have a dossier: who is erased has none."""
    return Dossier.objects.exclude(data_key=b"").count()


def last_renewal() -> RunStatus | None:
    """The last run that has renewed everybody: over all, with no failure; None if there was none."""
    return _last(Run.objects.filter(kind=Run.Kind.NIGHTLY, state=Run.State.COMPLETE))


def last_night() -> RunStatus | None:
    """The last run over everybody that has ended, however it did; None if there was none."""
    return _last(Run.objects.filter(kind=Run.Kind.NIGHTLY, finished_at__isnull=False))


def _last(chosen: QuerySet[Run]) -> RunStatus | None:
    newest = chosen.select_related("counts").order_by("-pk").first()
    return report.status(newest) if newest else None


def members(run_id: int, *, only_failed: bool = False) -> Iterator[MemberResult]:
    """What became of each dossier, in the order of the list, or of ids; streamed.

    Raises NotFound, and Forgotten.
    """
    return report.members(_with_details(run_id), only_failed=only_failed)


def outcomes(run_id: int) -> Iterator[MemberResult | RejectedLine]:
    """What became of everybody: every row of a list once, in the order of the file, the bad ones too; or
    every dossier of another run. What retries brought counts. Streamed. Raises NotFound, and Forgotten.
    """
    return report.outcomes(_with_details(run_id))


def rejected_lines(run_id: int) -> Iterator[RejectedLine]:
    """The rows of a list that are not built, in the order of the file; streamed.

    Raises NotFound, and Forgotten.
    """
    return report.rejected_lines(_with_details(run_id))


def _get(run_id: int, *, locked: bool = False) -> Run:
    """The run; where it is locked the caller is in a transaction. Raises NotFound."""
    chosen = Run.objects.select_for_update(no_key=True) if locked else Run.objects.all()
    try:
        return chosen.get(pk=run_id)
    except Run.DoesNotExist:
        raise NotFound("There is no such run.") from None


def _with_details(run_id: int) -> Run:
    """The run, its chunks and rejected rows being kept. Raises NotFound, and Forgotten."""
    run = _get(run_id)
    if run.forgotten_at is not None:
        raise Forgotten("The details of the run were deleted when they were old.")
    return run
