"""The one place that decides who may see and do what. What is not the reader's is told as what does not
exist, and that somebody looked for it is recorded.

A reader sees the version that stood when they or their team asked, and later ones, for `ACCESS_DAYS` after
the last ask.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.timezone import now

from orchestrator import dossiers, runs
from orchestrator.errors import NotFound
from orchestrator.records.dossiers import Asked, Subject
from orchestrator.records.requests import RequestStatus
from orchestrator.records.runs import RunStatus
from portal import throttles
from portal.access import record
from portal.access.models import FollowedRun, Following
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import May


@dataclass(frozen=True, kw_only=True)
class Grant:
    """That a reader may see a dossier, from which version on, and why: own, team, all. `asked_from` is the
    version from which the team may: a supervisor sees older ones too."""

    subject: Subject
    from_version: int
    asked_from: int = 0
    basis: str
    purpose: str = ""

    def covers(self, version: int) -> bool:
        """Whether a version is among what may be seen."""
        return version >= self.from_version

    def entry(
        self, action: Action, outcome: Verdict = Verdict.SHOWN, *, version: int | None = None, amount: int = 0
    ) -> AccessEntry:
        """What the record is to say of a look by this grant."""
        return AccessEntry(
            action=action,
            outcome=outcome,
            basis=self.basis,
            purpose=self.purpose,
            dossier_id=self.subject.dossier_id,
            version=version,
            person=self.subject.keyed_hash,
            amount=amount,
        )


def require(reader: Reader, *actions: May) -> None:
    """Raises PermissionDenied unless one of these is allowed."""
    if not reader.may(*actions):
        raise PermissionDenied


def window() -> timedelta:
    """For how long an ask opens a dossier."""
    return timedelta(days=settings.ACCESS_DAYS)


def dossier(reader: Reader, dossier_id: int, *versions: int | None, action: Action = Action.LOOK) -> Grant:
    """What a reader may see of a dossier. Raises PermissionDenied for want of a role or a scope, and NotFound
    where it, or one of these versions, is not theirs to see: that is recorded."""
    require(reader, May.READ)
    try:
        subject = dossiers.subject(dossier_id, owner=reader.owner, team=reader.team, within=window())
    except NotFound:
        missed(reader, AccessEntry(action=action, outcome=Verdict.NOT_FOUND, dossier_id=dossier_id))
        raise
    following = followed(reader, dossier_id) if subject.asked is None else None
    grant = _grant(reader, subject, following)
    wanted = [version for version in versions if version is not None]
    if grant is None or not all(map(grant.covers, wanted)):
        unseen = Grant(subject=subject, from_version=0, basis="")
        missed(reader, unseen.entry(action, Verdict.NOT_FOUND, version=min(wanted, default=None)))
        raise NotFound("There is no such dossier.")
    return grant


def many(reader: Reader, dossier_ids: Sequence[int]) -> dict[int, Grant]:
    """The same for some dozens, by id, as lists show them: what is not the reader's is left out, and not
    recorded, since nobody looked for it. Raises PermissionDenied."""
    require(reader, May.READ)
    if not dossier_ids:
        return {}
    subjects = dossiers.subjects(dossier_ids, owner=reader.owner, team=reader.team, within=window())
    unasked = [pk for pk, subject in subjects.items() if subject.asked is None]
    following = _followed(reader, unasked)
    grants = {pk: _grant(reader, subject, following.get(pk)) for pk, subject in subjects.items()}
    return {pk: grant for pk, grant in grants.items() if grant is not None}


def _grant(reader: Reader, subject: Subject, following: Following | None) -> Grant | None:
    asked = subject.asked
    if asked is None and following is not None and following.since >= subject.began:
        asked = Asked(from_version=following.from_version, purpose="", own=not following.team)
    if asked is None:
        everything = reader.may(May.READ_ALL)
        return Grant(subject=subject, from_version=0, basis="all") if everything else None
    from_version = 0 if reader.may(May.READ_OLDER, May.READ_ALL) else asked.from_version
    basis = "own" if asked.own else "team"
    return Grant(
        subject=subject,
        from_version=from_version,
        asked_from=asked.from_version,
        basis=basis,
        purpose=asked.purpose,
    )


def followed(reader: Reader, dossier_id: int) -> Following | None:
    """That the reader's team follows a dossier, by itself or with a list; or, of who is in none, they
    themselves."""
    return _followed(reader, [dossier_id]).get(dossier_id)


def _followed(reader: Reader, dossier_ids: Sequence[int]) -> dict[int, Following]:
    """By dossier; one that is followed with a list is so from the version that the list left."""
    if not dossier_ids:
        return {}
    found = {each.dossier_id: each for each in all_followed(reader).filter(dossier_id__in=dossier_ids)}
    others = [pk for pk in dossier_ids if pk not in found]
    if others and (lists := list(followed_runs(reader))):
        left = dossiers.left_by([each.run_id for each in lists], others)
        since = max(each.since for each in lists)
        for pk, version in left.items():
            found[pk] = Following(
                owner=reader.owner, team=reader.team, dossier_id=pk, from_version=version, since=since
            )
    return found


def all_followed(reader: Reader) -> QuerySet[Following]:
    """All that the reader's team follows; or, of who is in none, they themselves."""
    of_team = Following.objects.filter(team=reader.team)
    return of_team if reader.team else of_team.filter(owner=reader.owner)


def followed_runs(reader: Reader) -> QuerySet[FollowedRun]:
    """Likewise the lists."""
    of_team = FollowedRun.objects.filter(team=reader.team)
    return of_team if reader.team else of_team.filter(owner=reader.owner)


def request(reader: Reader, request_id: UUID) -> RequestStatus:
    """Where a request stands, if it is the reader's. Raises PermissionDenied and NotFound."""
    require(reader, May.ASK, May.READ)
    with suppress(NotFound):
        status = dossiers.status(request_id)
        if reader.may(May.READ_ALL) or reader.is_theirs(status.owner, status.team):
            return status
    detail = f"request {request_id}"
    missed(reader, AccessEntry(action=Action.LOOK, outcome=Verdict.NOT_FOUND, detail=detail))
    raise NotFound("There is no such request.")


def run(reader: Reader, run_id: int) -> RunStatus:
    """Where a run stands, if it is the reader's, or over everybody. Raises PermissionDenied and NotFound."""
    require(reader, May.RUN, May.SEE_PROGRESS, May.RUN_ALL)
    progress = reader.may(May.SEE_PROGRESS, May.RUN_ALL)
    with suppress(NotFound):
        status = runs.status(run_id)
        if progress or status.over_everybody or reader.is_theirs(status.owner, status.team):
            return status
    missed(reader, AccessEntry(action=Action.LOOK, outcome=Verdict.NOT_FOUND, run_id=run_id))
    raise NotFound("There is no such run.")


def sees_members(reader: Reader, status: RunStatus) -> bool:
    """Whether a reader who sees a run may also see which dossiers failed in it, and its bad rows."""
    if reader.may(May.RUN_ALL):
        return True
    return reader.may(May.RUN) and (status.over_everybody or reader.is_theirs(status.owner, status.team))


def steers(reader: Reader, status: RunStatus) -> bool:
    """Whether a reader may pause, resume and cancel a run: their own or their team's."""
    return reader.may(May.RUN_ALL) or (reader.may(May.RUN) and reader.is_theirs(status.owner, status.team))


def retries(reader: Reader, status: RunStatus) -> bool:
    """Whether a reader may ask again for what failed in a run: also in the night's, which stops nobody's."""
    return steers(reader, status) or (reader.may(May.RUN) and status.over_everybody)


def takes_away(reader: Reader, status: RunStatus) -> bool:
    """Whether a reader may have the dossiers of a run: of their lists, within the window. Nobody but who may
    read all has those of a run over everybody."""
    if not reader.may(May.READ):
        return False
    if reader.may(May.READ_ALL):
        return sees_members(reader, status)
    return not status.over_everybody and steers(reader, status) and now() - status.created_at < window()


def steered(reader: Reader, run_id: int, action: Action) -> RunStatus:
    """A run that the reader may steer. Raises PermissionDenied where it may only be seen, and NotFound."""
    status = run(reader, run_id)
    allowed = retries(reader, status) if action == Action.RUN_RETRY else steers(reader, status)
    if not allowed:
        refuse_run(reader, run_id, action)
    return status


def refuse_run(reader: Reader, run_id: int, action: Action) -> NoReturn:
    """Records and refuses what a reader who sees a run may not do with it."""
    record.add(reader, AccessEntry(action=action, outcome=Verdict.REFUSED, run_id=run_id))
    raise PermissionDenied


@contextmanager
def looking_for(reader: Reader, entry: AccessEntry) -> Iterator[None]:
    """Records, as `missed`, what turns out not to exist: around a transaction, which would undo that."""
    try:
        yield
    except NotFound:
        missed(reader, entry)
        raise


def missed(reader: Reader, entry: AccessEntry) -> None:
    """Records that something was looked for that does not exist, or is somebody else's; who does so too often
    has to wait. Whoever searches by CPF, and finds nobody, is no guesser: they may be about to ask."""
    if entry.action != Action.FIND:
        throttles.guesses.note(reader.owner)
    record.add(reader, entry)
