"""Where a request stands, source by source, attempt by attempt; and what an ask would meet if made."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from orchestrator import cache
from orchestrator.clients import gates, health
from orchestrator.clients.registry import SOURCES, in_order
from orchestrator.errors import NotFound
from orchestrator.models import Fetch
from orchestrator.records.conditions import Outlook
from orchestrator.records.requests import AttemptRecord, FetchStatus, Purpose, RequestStatus
from orchestrator.requests import turns
from orchestrator.sealing import lookups
from orchestrator.sealing.cpf import checked, normalised
from orchestrator.versions import snapshots


def status(request_id: UUID) -> RequestStatus:
    """Where a request stands, by one query that reads no payload (and another one while its turn has not
    come). Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_STATUS, [request_id])
        rows = cursor.fetchall()
    if not rows:
        raise NotFound("There is no such request.")
    by_source = {row[0]: _fetch_status(*row[:9]) for row in rows}
    fetches = tuple(by_source[name] for name in in_order(by_source))
    asker, team, purpose, fresh, requested_at, dossier_id, version, *rest = rows[0][9:]
    state, outcome, deadline_at, finished_at, waits, build_id, owner, precedence = rest
    is_waiting = waits and not finished_at
    progress = "queued" if all(fetch.state == Fetch.State.PENDING for fetch in fetches) else "running"
    return RequestStatus(
        request_id=request_id,
        dossier_id=dossier_id,
        owner=asker,
        team=team,
        purpose=Purpose(purpose),
        fresh=fresh,
        state=state if finished_at else progress,
        outcome=outcome or None,
        snapshot_version=version,
        requested_at=requested_at,
        deadline_at=deadline_at,
        finished_at=finished_at,
        sources=fetches,
        waiting=turns.waiting(build_id, owner, precedence, deadline_at) if is_waiting else None,
    )


# Plain SQL: this is what every wait page and every client asks again and again.
_STATUS = """
select f.source, f.state, f.attempts, f.max_attempts, f.next_attempt_at, f.origin, f.fetched_at, f.error_code,
       (select json_agg(json_build_object('number', a.number, 'ended_at', a.ended_at, 'seconds', a.seconds,
                                          'error_code', a.error_code, 'status_code', a.status_code,
                                          'reason', a.reason, 'retry_in_seconds', a.retry_in_seconds)
                        order by a.id)
          from orchestrator_attempt as a where a.fetch_id = f.id),
       r.owner, r.team, r.purpose, r.fresh, r.created_at, b.dossier_id,
       case when d.latest_version > d.erased_version then d.latest_version end,
       case when r.cancelled_at is null then b.state else 'cancelled' end,
       case when r.cancelled_at is null then b.outcome else '' end,
       b.deadline_at, coalesce(r.cancelled_at, b.finished_at),
       b.started_at is null, b.id, b.owner, b.precedence
  from orchestrator_dossierrequest as r
  join orchestrator_build as b on b.id = r.build_id
  join orchestrator_dossier as d on d.id = b.dossier_id
  join orchestrator_fetch as f on f.build_id = b.id
 where r.id = %s
"""


def _fetch_status(
    source: str,
    state: str,
    attempts: int,
    max_attempts: int,
    next_attempt_at: datetime | None,
    origin: str,
    fetched_at: datetime | None,
    error_code: str,
    history: list[dict[str, Any]] | None,
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
        history=tuple(_attempt(**each) for each in history or ()),
    )


def _attempt(*, ended_at: str, error_code: str, **rest: Any) -> AttemptRecord:
    return AttemptRecord(
        ended_at=datetime.fromisoformat(ended_at).astimezone(UTC), error_code=error_code or None, **rest
    )


def status_etag(current: RequestStatus) -> str:
    """A strong ETag (quoted) that moves whenever what `status` answers moves."""
    return f'"{hashlib.blake2b(repr(current).encode(), digest_size=12).hexdigest()}"'


def outlook(cpf: str | None = None, *, any_check_digits: bool = True) -> tuple[Outlook, ...]:
    """What an ask would meet at each source; with a CPF also which copies and blocks there are of it.

    Raises InvalidInput where the CPF is not 11 digits, or, unless told that any check digits do, as an ask
    would.
    """
    if cpf and not any_check_digits:
        checked(cpf, allow_invalid_check_digits=False)
    digits = normalised(cpf) if cpf else None
    dossier = lookups.find(digits) if digits else None
    provenance = snapshots.provenance_of(dossier.provenance) if dossier else {}
    lately = health.failures_lately()
    outlooks = []
    for source in SOURCES:
        gate, standing = gates.gate(source.name), provenance.get(source.name)
        standing_at = standing.fetched_at if standing else None
        copy = cache.copy_of(source, dossier, standing_since=standing_at) if dossier else None
        outlooks.append(
            Outlook(
                source=source.name,
                gate=gate,
                is_degraded=health.is_degraded(gate, lately.get(source.name, 0.0)),
                copy_at=copy[1] if copy else None,
                standing_at=standing_at,
            )
        )
    return tuple(outlooks)
