"""All that the portal and the command line may do with dossiers; the one door to this package."""

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import connection

from orchestrator import diff as differences
from orchestrator import reading, sealing, snapshots
from orchestrator.asks import cancel, request, retry
from orchestrator.clients.registry import SOURCES
from orchestrator.cpf import normalised
from orchestrator.errors import InvalidInput, NotFound, NothingToRetry
from orchestrator.models import Dossier, Fetch
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
    "NothingToRetry",
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
    "cancel",
    "diff",
    "find",
    "headline",
    "load",
    "request",
    "retry",
    "sources",
    "status",
    "status_etag",
    "versions",
]


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
       case when r.cancelled_at is null then b.state else 'cancelled' end,
       case when r.cancelled_at is null then b.outcome else '' end,
       b.deadline_at, coalesce(r.cancelled_at, b.finished_at)
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
