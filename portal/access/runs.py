"""All that pages, the API and commands may do with runs, each for a reader: decided, and recorded.

What raises NotFound in `orchestrator.runs` raises it here too, for what is not the reader's as well;
PermissionDenied is for want of a role or a scope.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from django.db import transaction

from orchestrator import dossiers, runs
from orchestrator.errors import Unreadable
from orchestrator.records.dossiers import DossierView
from orchestrator.records.requests import Purpose
from orchestrator.records.runs import ListAccepted, MemberResult, RejectedLine, RunStatus
from orchestrator.runs import GivenList
from portal.access import deciding, record
from portal.access.deciding import retries, sees_members, steers, takes_away
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import May

__all__ = ["retries", "sees_members", "steers", "takes_away"]


def refresh(reader: Reader) -> int:
    """Starts a run over everybody, or gives the one that is active."""
    deciding.require(reader, May.RUN)
    run_id = runs.refresh(owner=reader.owner, team=reader.team)
    record.add(reader, _done(Action.RUN_START, run_id))
    return run_id


def read_list(
    reader: Reader, file: BinaryIO, *, allow_invalid_check_digits: bool = False, sheet: str = ""
) -> GivenList:
    """Reads a list for `start_list`. Nothing is written down."""
    deciding.require(reader, May.RUN)
    return runs.read_list(file, allow_invalid_check_digits=allow_invalid_check_digits, sheet=sheet)


def start_list(
    reader: Reader, given: GivenList, *, purpose: str, anew: bool = False, file_name: str = ""
) -> ListAccepted:
    """Accepts a list that was read, for the reader's team."""
    deciding.require(reader, May.RUN)
    started = runs.start_list(
        given, purpose=purpose, owner=reader.owner, team=reader.team, anew=anew, file_name=file_name
    )
    done = _done(Action.RUN_START, started.run_id, purpose)
    transaction.on_commit(lambda: record.add(reader, done))  # a long list holds no chain of the record
    return started


def upload(
    reader: Reader,
    file: BinaryIO,
    *,
    purpose: str,
    allow_invalid_check_digits: bool = False,
    sheet: str = "",
    file_name: str = "",
) -> int:
    """Reads and accepts a list that is to be built anew; gives the run's id."""
    Purpose.named(purpose)
    given = read_list(reader, file, allow_invalid_check_digits=allow_invalid_check_digits, sheet=sheet)
    return start_list(reader, given, purpose=purpose, anew=True, file_name=file_name).run_id


def retry_failed(reader: Reader, run_id: int) -> int:
    """Starts a run over those who failed in a run that the reader may steer."""
    old = deciding.steered(reader, run_id, Action.RUN_RETRY)
    retry = runs.retry_failed(run_id, owner=reader.owner, team=reader.team)
    record.add(reader, _done(Action.RUN_RETRY, retry, old.purpose))
    return retry


def require_retry(reader: Reader, run_id: int) -> None:
    """Raises NotFound or PermissionDenied where the reader may not ask again for what failed in a run."""
    deciding.steered(reader, run_id, Action.RUN_RETRY)


def pause(reader: Reader, run_id: int) -> None:
    """No new chunk of a run that the reader may steer begins until it is resumed."""
    _steer(reader, run_id, Action.RUN_PAUSE, runs.pause)


def resume(reader: Reader, run_id: int) -> None:
    """Lets a paused run that the reader may steer go on."""
    _steer(reader, run_id, Action.RUN_RESUME, runs.resume)


def cancel(reader: Reader, run_id: int) -> None:
    """Ends a run that the reader may steer at once."""
    _steer(reader, run_id, Action.RUN_CANCEL, runs.cancel)


def _steer(reader: Reader, run_id: int, action: Action, act: Callable[[int], None]) -> None:
    deciding.steered(reader, run_id, action)
    with transaction.atomic():
        act(run_id)
        record.add(reader, _done(action, run_id))


def status(reader: Reader, run_id: int) -> RunStatus:
    """Where a run stands; which dossiers changed most only for who may see its members."""
    found = deciding.run(reader, run_id)
    return found if sees_members(reader, found) else replace(found, most_changed=())


def latest(reader: Reader, count: int = 50, before: int | None = None) -> list[RunStatus]:
    """The newest runs that the reader may see, the newest first."""
    deciding.require(reader, May.RUN, May.SEE_PROGRESS, May.RUN_ALL)
    owner = None if reader.may(May.SEE_PROGRESS, May.RUN_ALL) else reader.owner
    return runs.latest(count, before, owner=owner, team=reader.team)


def file_names(reader: Reader, told: Iterable[RunStatus]) -> dict[int, str]:
    """What the files of these lists were called, by run, of those whose members the reader may see: a name
    may be of somebody."""
    seen = [each.id for each in told if each.kind == "list" and sees_members(reader, each)]
    return runs.file_names(seen) if seen else {}


def people(
    reader: Reader, run_id: int, *, outcome: str = "", skip: int = 0, count: int
) -> list[tuple[MemberResult, DossierView | Unreadable | None]]:
    """A page of who was built, each with the dossier as the run left it, for who may take those away: a look
    at each one's headline. Raises NotFound, PermissionDenied and Forgotten."""
    if not takes_away(reader, found := deciding.run(reader, run_id)):
        deciding.refuse_run(reader, run_id, Action.HEADLINE)
    members = runs.people(run_id, outcome=outcome, skip=skip, count=count)
    read = dossiers.load_many(each for member in members if (each := member.as_of) is not None)
    known = [view for view in read.values() if isinstance(view, DossierView)]
    shown = AccessEntry(
        action=Action.HEADLINE,
        outcome=Verdict.SHOWN,
        basis="own" if reader.owner == found.owner else "team" if _is_team_s(reader, found) else "all",
        purpose=found.purpose,
        run_id=run_id,
        people=[dossiers.keyed_hash(view.cpf) for view in known],
        amount=len(known),
    )
    if known:
        record.add(reader, shown)
    return [(member, read.get(member.dossier_id or 0)) for member in members]


def _is_team_s(reader: Reader, told: RunStatus) -> bool:
    return not told.over_everybody and reader.is_theirs(told.owner, told.team)


def members(reader: Reader, run_id: int, *, only_failed: bool = False) -> Iterator[MemberResult]:
    """What became of each dossier, by its number: nothing of the person."""
    return runs.members(_with_members(reader, run_id).id, only_failed=only_failed)


def rejected_lines(reader: Reader, run_id: int) -> Iterator[RejectedLine]:
    """The rows of a list that are not built."""
    return runs.rejected_lines(_with_members(reader, run_id).id)


def outcomes(reader: Reader, run_id: int) -> Iterator[MemberResult | RejectedLine]:
    """What became of everybody, to be taken away with the dossiers."""
    if not takes_away(reader, deciding.run(reader, run_id)):
        deciding.refuse_run(reader, run_id, Action.EXPORT)
    return runs.outcomes(run_id)


def _with_members(reader: Reader, run_id: int) -> RunStatus:
    found = deciding.run(reader, run_id)
    if not sees_members(reader, found):
        deciding.refuse_run(reader, run_id, Action.LOOK)
    return found


def held_up() -> RunStatus | None:
    """The run that a night which is owed waits for, in counts."""
    return runs.held_up()


def under_way(reader: Reader) -> list[RunStatus]:
    """The runs that have not ended, in counts."""
    deciding.require(reader, May.SEE_PROGRESS, May.SEE_SOURCES)
    return runs.under_way()


def known_people(reader: Reader) -> int:
    """How many people have a dossier, in all: those that a refresh would renew at least."""
    deciding.require(reader, May.RUN)
    return runs.known_people()


def last_renewal() -> RunStatus | None:
    """The last run that has renewed everybody, in counts."""
    return runs.last_renewal()


def last_night() -> RunStatus | None:
    """The last run over everybody that has ended, in counts."""
    return runs.last_night()


def _done(action: Action, run_id: int, purpose: str = "") -> AccessEntry:
    return AccessEntry(action=action, outcome=Verdict.DONE, purpose=purpose, run_id=run_id)
