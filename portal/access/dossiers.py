"""All that pages, the API and commands may do with dossiers, each for a reader: decided, and recorded.

What raises NotFound in `orchestrator.dossiers` raises it here too, for what is not the reader's as well;
PermissionDenied is for want of a role or a scope.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from orchestrator import dossiers
from orchestrator.dossiers import status_etag
from orchestrator.errors import NotFound, Unreadable
from orchestrator.records.conditions import Outlook, SourceHealth
from orchestrator.records.dossiers import AsOf, Comparison, Diff, DossierView, Headline, VersionSummary
from orchestrator.records.requests import Accepted, RequestStatus
from orchestrator.records.sources import Source
from portal.access import contests, deciding, record
from portal.access.models import Following
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import May

__all__ = ["status_etag"]

EARLIER = 11  # versions, and with the one that is shown a dozen
EARLIER_ROWS = 500  # after which no more are opened: each hundred costs the page some 5 ms


def sources() -> tuple[Source, ...]:
    """The registered sources, which tell nothing of anybody."""
    return dossiers.sources()


def keyed_hashes(cpf: str) -> tuple[bytes, ...]:
    """All that a CPF goes by in the record. Raises InvalidInput where it is not 11 digits."""
    return dossiers.keyed_hashes(cpf)


def outlook(reader: Reader, cpf: str | None = None, *, any_check_digits: bool = True) -> tuple[Outlook, ...]:
    """As `orchestrator.dossiers.outlook`, for who may ask; that somebody is known is told on the record."""
    deciding.require(reader, May.ASK)
    told = dossiers.outlook(cpf, any_check_digits=any_check_digits)
    if cpf and any(each.copy_at or each.standing_at for each in told):
        person, dossier_id = dossiers.keyed_hash(cpf), dossiers.id_of(cpf)
        entry = AccessEntry(action=Action.FIND, outcome=Verdict.SHOWN, dossier_id=dossier_id, person=person)
        record.add(reader, entry)
    return told


def source_health(reader: Reader, hours: int = 24) -> tuple[SourceHealth, ...]:
    """How the sources do."""
    deciding.require(reader, May.SEE_SOURCES)
    return dossiers.source_health(hours)


def request(
    reader: Reader, *, cpf: str, purpose: str, fresh: bool = False, allow_invalid_check_digits: bool = False
) -> Accepted:
    """Accepts an ask, for the reader's team."""
    deciding.require(reader, May.ASK)
    accepted = dossiers.request(
        cpf=cpf,
        purpose=purpose,
        owner=reader.owner,
        team=reader.team,
        fresh=fresh,
        allow_invalid_check_digits=allow_invalid_check_digits,
    )
    person = dossiers.keyed_hash(cpf)
    record.add(reader, _asked(accepted, Action.ASK, purpose, person))
    return accepted


def renew(reader: Reader, dossier_id: int, *, purpose: str) -> Accepted:
    """Asks again for a dossier that the reader may see."""
    deciding.require(reader, May.ASK)
    grant = deciding.dossier(reader, dossier_id, action=Action.ASK)
    accepted = dossiers.renew(dossier_id, purpose=purpose, owner=reader.owner, team=reader.team)
    record.add(reader, _asked(accepted, Action.ASK, purpose, grant.subject.keyed_hash))
    return accepted


def retry(reader: Reader, request_id: UUID) -> Accepted:
    """Asks again for what failed in a request of the reader's."""
    deciding.require(reader, May.ASK)
    old = status(reader, request_id)
    accepted = dossiers.retry(request_id, owner=reader.owner, team=reader.team)
    record.add(reader, _asked(accepted, Action.RETRY, old.purpose))
    return accepted


def cancel(reader: Reader, request_id: UUID) -> None:
    """Ends an ask of the reader's own."""
    deciding.require(reader, May.ASK)
    current = status(reader, request_id)  # that it is not theirs is recorded, and not undone
    with transaction.atomic():
        dossiers.cancel(request_id, owner=reader.owner)
        outcome, detail = Verdict.DONE, f"request {request_id}"
        record.add(
            reader,
            AccessEntry(action=Action.CANCEL, outcome=outcome, dossier_id=current.dossier_id, detail=detail),
        )


def status(reader: Reader, request_id: UUID) -> RequestStatus:
    """Where a request of the reader's, or the team's, stands."""
    return deciding.request(reader, request_id)


def arrived(reader: Reader, request_id: UUID) -> DossierView:
    """What has come for a request of the reader's, or the team's, while it goes on: a look at what no version
    has yet. Raises PermissionDenied, NotFound and Unreadable."""
    current = status(reader, request_id)
    grant = deciding.dossier(reader, current.dossier_id)
    view = dossiers.arrived(request_id)
    if view.blocks:
        entry = grant.entry(Action.LOOK, amount=view.amount)
        record.add(reader, replace(entry, detail=f"request {request_id}, arrived: {', '.join(view.blocks)}"))
    return view


def latest_request(reader: Reader, dossier_id: int) -> RequestStatus | None:
    """Of the reader's and the team's requests of a dossier the one that last ran to its end."""
    owner = None if reader.may(May.READ_ALL) else reader.owner
    found = dossiers.latest_request(dossier_id, owner=owner, team=reader.team)
    return dossiers.status(found) if found else None


def headline(reader: Reader, dossier_id: int) -> Headline:
    """Who a dossier is about."""
    grant = deciding.dossier(reader, dossier_id, action=Action.HEADLINE)
    told = dossiers.headline(dossier_id)
    record.add(reader, grant.entry(Action.HEADLINE, version=told.version, amount=1))
    return told


def load(reader: Reader, dossier_id: int, version: int | None = None) -> DossierView:
    """A dossier at a version that the reader may see; the latest one unless told."""
    grant = deciding.dossier(reader, dossier_id, version)
    with deciding.looking_for(reader, grant.entry(Action.LOOK, Verdict.NOT_FOUND, version=version)):
        (view,) = contests.marked([dossiers.load(dossier_id, version)])
    record.add(reader, grant.entry(Action.LOOK, version=view.version, amount=view.amount))
    return view


def load_as_of(reader: Reader, dossier_id: int, at: datetime) -> DossierView:
    """A dossier as it stood at an instant, where the reader may see that version. Raises NotFound."""
    grant = deciding.dossier(reader, dossier_id)
    number, detail = dossiers.version_at(dossier_id, at), f"as of {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if number:
        grant = deciding.dossier(reader, dossier_id, number)
    missing = grant.entry(Action.LOOK, Verdict.NOT_FOUND, version=number or None)
    with deciding.looking_for(reader, replace(missing, detail=detail)):
        (view,) = contests.marked([dossiers.load_as_of(dossier_id, at)])
    shown = grant.entry(Action.LOOK, version=view.version, amount=view.amount)
    record.add(reader, replace(shown, detail=detail))
    return view


def find(reader: Reader, cpf: str) -> DossierView | None:
    """The dossier of a CPF; None where there is none, or it is not the reader's. Raises InvalidInput."""
    deciding.require(reader, May.READ)
    person, dossier_id = dossiers.keyed_hash(cpf), dossiers.id_of(cpf)
    if dossier_id is not None:
        try:
            deciding.dossier(reader, dossier_id, action=Action.FIND)
        except NotFound:
            return None
        return load(reader, dossier_id)
    deciding.missed(reader, AccessEntry(action=Action.FIND, outcome=Verdict.NOT_FOUND, person=person))
    return None


def versions(reader: Reader, dossier_id: int) -> list[VersionSummary]:
    """The history as far as the reader may see it, newest first."""
    grant = deciding.dossier(reader, dossier_id)
    return [version for version in dossiers.versions(dossier_id) if grant.covers(version.number)]


def earlier(reader: Reader, dossier_id: int, version: int) -> tuple[DossierView, ...]:
    """Of the versions before one, as far as the reader may see them, the last eleven, oldest first; fewer
    where they have thousands of rows, but one at least. What figures across versions are reckoned from:
    recorded as one look, at the oldest."""
    grant = deciding.dossier(reader, dossier_id, version)
    found: list[DossierView] = []
    for view in dossiers.before(dossier_id, version, since=grant.from_version, most=EARLIER):
        found.append(view)
        if sum(each.amount for each in found) >= EARLIER_ROWS:
            break
    if found:
        entry = grant.entry(Action.LOOK, version=found[-1].version, amount=len(found))
        record.add(reader, replace(entry, detail="figures from"))
    return tuple(reversed(found))


def diff(reader: Reader, dossier_id: int, from_version: int, to_version: int) -> Diff:
    """What changed between two versions that the reader may see."""
    return compare(reader, dossier_id, from_version, to_version).diff


def compare(
    reader: Reader,
    dossier_id: int,
    from_version: int,
    to_version: int,
    *,
    telling: Callable[[DossierView], DossierView] = lambda view: view,
) -> Comparison:
    """Two versions that the reader may see, and what changed between them, as `orchestrator.dossiers.compare`
    tells it."""
    grant = deciding.dossier(reader, dossier_id, from_version, to_version, action=Action.DIFF)
    found = dossiers.compare(dossier_id, from_version, to_version, telling=telling)
    amount = found.diff.amount
    for version in {from_version, to_version}:
        record.add(reader, grant.entry(Action.DIFF, version=version, amount=amount))
    return found


def follow(reader: Reader, dossier_id: int, *, following: bool = True) -> None:
    """Keeps a dossier that the reader may see open to them and their team, past the days of the ask, or no
    longer. Safe to run twice."""
    grant = deciding.dossier(reader, dossier_id, action=Action.FOLLOW)
    theirs = {"dossier_id": dossier_id, "team": reader.team, "owner": "" if reader.team else reader.owner}
    with transaction.atomic():
        if following:
            Following.objects.get_or_create(**theirs, defaults={"from_version": grant.asked_from})
        else:
            Following.objects.filter(**theirs).delete()
        detail = "" if following else "no longer"
        record.add(reader, replace(grant.entry(Action.FOLLOW, Verdict.DONE), detail=detail))


def is_followed(reader: Reader, dossier_id: int) -> bool:
    """Whether the reader, or their team, follows a dossier by itself."""
    return deciding.all_followed(reader).filter(dossier_id=dossier_id).exists()


def pin(reader: Reader, dossier_id: int, number: int, *, pinned: bool = True) -> None:
    """Keeps a version that the reader may see whatever its age, or no longer."""
    deciding.require(reader, May.PIN)
    action = Action.PIN if pinned else Action.UNPIN
    grant = _grant_to_pin(reader, dossier_id, number, action)
    with transaction.atomic():
        dossiers.pin(dossier_id, number, owner=reader.owner, pinned=pinned)
        record.add(reader, grant.entry(action, Verdict.DONE, version=number))


def _grant_to_pin(reader: Reader, dossier_id: int, number: int, action: Action) -> deciding.Grant:
    """A machine client may have the scope to pin without that to read."""
    if not reader.may(May.READ):
        reader = replace(reader, allowed=reader.allowed | {May.READ})
    return deciding.dossier(reader, dossier_id, number, action=action)


def load_many(reader: Reader, run_id: int, wanted: Iterable[AsOf]) -> dict[int, DossierView | Unreadable]:
    """A part of a run's dossiers, which `runs.outcomes` told this reader; recorded as one export."""
    found = dossiers.load_many(wanted)
    people = [dossiers.keyed_hash(view.cpf) for view in found.values() if isinstance(view, DossierView)]
    shown, amount = Verdict.SHOWN, len(people)
    record.add(
        reader, AccessEntry(action=Action.EXPORT, outcome=shown, run_id=run_id, people=people, amount=amount)
    )
    marked = contests.marked(view for view in found.values() if isinstance(view, DossierView))
    return {**found, **{view.id: view for view in marked}}


def _asked(accepted: Accepted, action: Action, purpose: str, person: bytes | None = None) -> AccessEntry:
    return AccessEntry(
        action=action,
        outcome=Verdict.DONE,
        basis="own",
        purpose=purpose,
        dossier_id=accepted.dossier_id,
        person=person,
        detail=f"request {accepted.request_id}",
    )
