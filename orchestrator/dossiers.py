"""All that the portal and the command line may do with dossiers; the one door to this package."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Least, Now

from orchestrator import conf, dispatch, reading, sealing, snapshots
from orchestrator import diff as differences
from orchestrator.clients.registry import SOURCES
from orchestrator.cpf import checked, normalised
from orchestrator.errors import InvalidInput, NotFound
from orchestrator.models import Build, Dossier, DossierRequest, Fetch
from orchestrator.records import (
    Accepted,
    Block,
    Column,
    Diff,
    Divergence,
    DossierView,
    FetchStatus,
    Headline,
    Kind,
    Label,
    Presence,
    PresenceChange,
    Provenance,
    Purpose,
    RequestStatus,
    Row,
    Section,
    SectionChange,
    Source,
    Value,
    ValueChange,
    VersionSummary,
)
from orchestrator.sealing import CannotUnseal as Unreadable

__all__ = [
    "Accepted",
    "Block",
    "Column",
    "Diff",
    "Divergence",
    "DossierView",
    "FetchStatus",
    "Headline",
    "InvalidInput",
    "Kind",
    "Label",
    "NotFound",
    "Presence",
    "PresenceChange",
    "Provenance",
    "Purpose",
    "RequestStatus",
    "Row",
    "Section",
    "SectionChange",
    "Source",
    "Unreadable",
    "Value",
    "ValueChange",
    "VersionSummary",
    "diff",
    "find",
    "headline",
    "load",
    "request",
    "sources",
    "status",
    "status_etag",
    "versions",
]


_MOST_TRIES = 5


def request(
    *, cpf: str, purpose: str, owner: str, fresh: bool = False, allow_invalid_check_digits: bool = False
) -> Accepted:
    """Accepts an ask: writes it down, and only then sends the work, best effort.

    `cpf` may carry `.` and `-`. `owner` is opaque: `user:<id>` or `client:<id>`. `fresh`
    bypasses the cache. Joins the build that is under way for this CPF, if there is one.

    Raises InvalidInput: field `cpf` with code `length`, `repeated` or `check_digits` (the last
    can be asked for all the same), field `purpose` with code `unknown`.
    """
    digits = checked(cpf, allow_invalid_check_digits=allow_invalid_check_digits)
    reason = _purpose(purpose)
    with transaction.atomic():
        dossier_id = _dossier(digits)
        build_id = _begin_or_join(dossier_id, fresh=fresh)
        ask = DossierRequest.objects.create(build_id=build_id, purpose=reason, owner=owner, fresh=fresh)
    return Accepted(request_id=ask.pk, dossier_id=dossier_id)


def _purpose(purpose: str) -> Purpose:
    try:
        return Purpose(purpose)
    except ValueError:
        known = ", ".join(Purpose)
        raise InvalidInput("purpose", "unknown", f"The purpose must be one of {known}.") from None


def _dossier(cpf: str) -> int:
    """The dossier of a CPF, made if there is none; whoever else makes it meanwhile, it is one."""
    lookup = sealing.lookup(cpf)
    known = Dossier.objects.filter(cpf_lookup=lookup).values_list("pk", flat=True)
    if found := known.first():
        return found
    Dossier.objects.bulk_create([Dossier(**snapshots.new_dossier(cpf))], ignore_conflicts=True)
    return known.get()


def _begin_or_join(dossier_id: int, *, fresh: bool) -> int:
    """A new build with a fetch for each source, to be sent after the commit; or the active one."""
    for _ in range(_MOST_TRIES):
        if build_id := _begin(dossier_id, fresh=fresh) or _join(dossier_id, fresh=fresh):
            return build_id
    raise RuntimeError("the active build of a dossier came and went too often")


def _begin(dossier_id: int, *, fresh: bool) -> int | None:
    """None where a build is active; one that is being written meanwhile is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"dossier_id": dossier_id, "seconds": conf.DEADLINE_SECONDS})
        row = cursor.fetchone()
    if row is None:
        return None
    build_id = int(row[0])
    rows = [
        Fetch(build_id=build_id, source=source.name, fresh=fresh, max_attempts=conf.MAX_ATTEMPTS)
        for source in SOURCES
    ]
    fetch_ids = [row.pk for row in Fetch.objects.bulk_create(rows)]
    transaction.on_commit(lambda: _send(build_id, fetch_ids))
    return build_id


_BEGIN = """
insert into orchestrator_build (dossier_id, state, outcome, created_at, deadline_at, sent_at)
values (%(dossier_id)s, 'active', '', now(), now() + make_interval(secs => %(seconds)s), null)
on conflict (dossier_id) where finished_at is null do nothing
returning id
"""


def _join(dossier_id: int, *, fresh: bool) -> int | None:
    """The active build, locked so that it cannot end before the ask is written beside it.

    Who joins late has the whole time that an ask has, but a build never lasts longer than two.
    """
    build = Build.objects.select_for_update().filter(dossier_id=dossier_id, finished_at=None).first()
    if build is None:
        return None
    whole = timedelta(seconds=conf.DEADLINE_SECONDS)
    Build.objects.filter(pk=build.pk).update(
        deadline_at=Greatest(F("deadline_at"), Least(Now() + whole, F("created_at") + 2 * whole))
    )
    if fresh:
        build.fetches.filter(state__in=Fetch.OPEN).update(fresh=True)
    return build.pk


def _send(build_id: int, fetch_ids: list[int]) -> None:
    """Sends the work, and notes that; what is not noted the sweeper sends soon."""
    if dispatch.send_build(build_id, fetch_ids):
        Build.objects.filter(pk=build_id).update(sent_at=Now())


def status(request_id: UUID) -> RequestStatus:
    """Where a request stands, by one query that reads no payload. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_STATUS, [request_id])
        rows = cursor.fetchall()
    if not rows:
        raise NotFound("There is no such request.")
    by_source = {row[0]: _fetch_status(*row[:8]) for row in rows}
    order = dict.fromkeys([*(source.name for source in SOURCES if source.name in by_source), *by_source])
    fetches = tuple(by_source[name] for name in order)
    purpose, fresh, requested_at, dossier_id, version, state, outcome, deadline_at, finished_at = rows[0][8:]
    return RequestStatus(
        request_id=request_id,
        dossier_id=dossier_id,
        purpose=Purpose(purpose),
        fresh=fresh,
        state=state if finished_at else _progress(fetches),
        outcome=outcome or None,
        snapshot_version=version or None,
        requested_at=requested_at,
        deadline_at=deadline_at,
        finished_at=finished_at,
        sources=fetches,
    )


# Plain SQL: this is what every wait page and every client asks again and again.
_STATUS = """
select f.source, f.state, f.attempts, f.max_attempts, f.next_attempt_at, f.origin, f.fetched_at, f.error_code,
       r.purpose, r.fresh, r.created_at, b.dossier_id, d.latest_version,
       b.state, b.outcome, b.deadline_at, b.finished_at
  from orchestrator_dossierrequest as r
  join orchestrator_build as b on b.id = r.build_id
  join orchestrator_dossier as d on d.id = b.dossier_id
  join orchestrator_fetch as f on f.build_id = b.id
 where r.id = %s
"""


def _progress(fetches: tuple[FetchStatus, ...]) -> str:
    return "queued" if all(fetch.state == Fetch.State.PENDING for fetch in fetches) else "running"


def _fetch_status(
    source: str,
    state: str,
    attempts: int,
    max_attempts: int,
    next_attempt_at: datetime | None,
    origin: str,
    fetched_at: datetime | None,
    error_code: str,
) -> FetchStatus:
    return FetchStatus(
        source=source,
        state=state,
        attempts=attempts,
        max_attempts=max_attempts,
        next_attempt_at=next_attempt_at,
        origin=origin or None,
        fetched_at=fetched_at,
        error_code=error_code or None,
    )


def status_etag(current: RequestStatus) -> str:
    """A strong ETag (quoted) that moves whenever what `status` answers moves."""
    return f'"{hashlib.blake2b(repr(current).encode(), digest_size=12).hexdigest()}"'


def find(cpf: str) -> DossierView | None:
    """The latest version of the dossier of a CPF, or None where there is no dossier.

    Raises InvalidInput where it is not 11 digits; check digits do not matter here.
    """
    dossier = Dossier.objects.filter(cpf_lookup=sealing.lookup(normalised(cpf))).first()
    return reading.view(dossier) if dossier else None


def load(dossier_id: int, version: int | None = None) -> DossierView:
    """A dossier at a version; the latest one unless told.

    Raises NotFound, and Unreadable where its key is gone.
    """
    return reading.view(_get(dossier_id), version)


def headline(dossier_id: int) -> Headline:
    """Who a dossier is about. Raises NotFound, and Unreadable where its key is gone."""
    view = load(dossier_id)
    name = view.person.get("name")
    return Headline(id=view.id, cpf=view.cpf, name=str(name) if name else None, version=view.version)


def versions(dossier_id: int) -> list[VersionSummary]:
    """The history, newest first. Raises NotFound."""
    rows = _get(dossier_id).snapshots.order_by("-number").values("number", "completeness", "created_at")
    return [VersionSummary(**row) for row in rows]


def diff(dossier_id: int, from_version: int, to_version: int) -> Diff:
    """What changed between two versions. Raises NotFound."""
    dossier = _get(dossier_id)
    before, after = (
        snapshots.blocks(dossier, snapshots.find(dossier, number)) for number in (from_version, to_version)
    )
    return Diff(
        from_version=from_version,
        to_version=to_version,
        presence=tuple(differences.presence_changes(before, after)),
        person=tuple(differences.person_changes(before, after)),
        sections=tuple(differences.section_changes(before, after)),
    )


def sources() -> tuple[Source, ...]:
    """The registered sources, in the order in which pages show them."""
    return SOURCES


def _get(dossier_id: int) -> Dossier:
    try:
        return Dossier.objects.get(pk=dossier_id)
    except Dossier.DoesNotExist:
        raise NotFound("There is no such dossier.") from None
