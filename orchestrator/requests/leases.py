"""Who works on a fetch: claimed by a conditional update, written back only by who still holds it.

Time is PostgreSQL's, so that a worker's clock does not matter. A fetch whose lease ran out without
an outcome may have killed who held it: it is claimed again in quarantine only, each in a process of its own.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from orchestrator import conf
from orchestrator.models import Dossier, Fetch


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A fetch that is ours to do until the lease ends. `dossier` has its sealed columns only."""

    fetch_id: int
    build_id: int
    token: uuid.UUID
    source: str
    fresh: bool
    attempt: int
    max_attempts: int
    seconds_left: float  # until the build's deadline
    dossier: Dossier = field(repr=False)


def claimable() -> QuerySet[Fetch]:
    """Fetches that wait for a worker and whose time has come; `claim` has the same condition."""
    return Fetch.objects.filter(
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now()), state__in=Fetch.WAITING
    )


def lost() -> QuerySet[Fetch]:
    """Fetches whose worker has gone without an outcome; `claim` in quarantine has the same condition."""
    return Fetch.objects.filter(state=Fetch.State.FETCHING, lease_until__lt=Now(), build__finished_at=None)


def drop(fetch_id: int, token: uuid.UUID) -> None:
    """Lets go of a lease whose holder is known to have failed, so that nobody waits for its end."""
    Fetch.objects.filter(pk=fetch_id, state=Fetch.State.FETCHING, lease_token=token).update(
        lease_until=Now(), quarantined_at=None
    )


_OPEN = [state.value for state in Fetch.OPEN]
_WAITING = [state.value for state in Fetch.WAITING]

# One statement claims and reads: three of these stand between an ask and its calls. An attempt
# that lost its lease without an outcome is made again, not counted again. A build may end while this
# waits for the fetch's row: then the row has ended too, which is looked at anew.
_CLAIM = """
update orchestrator_fetch as f
   set state = 'fetching',
       lease_token = %(token)s,
       lease_until = statement_timestamp() + make_interval(secs => %(seconds)s),
       next_attempt_at = null,
       quarantine_claims = f.quarantine_claims + case when %(quarantine)s then 1 else 0 end,
       attempts = f.attempts + case when %(quarantine)s then 0 else 1 end
  from orchestrator_build as b
  join orchestrator_dossier as d on d.id = b.dossier_id
 where f.id = %(fetch_id)s
   and b.id = f.build_id
   and b.finished_at is null
   and case when %(quarantine)s
            then f.state = 'fetching' and f.lease_until < statement_timestamp()
                 and f.quarantine_claims < %(claims)s
            else f.state = any(%(waiting)s)
                 and (f.next_attempt_at is null or f.next_attempt_at <= statement_timestamp()) end
returning f.build_id, f.source, f.fresh, f.attempts, f.max_attempts,
          extract(epoch from b.deadline_at - statement_timestamp())::float8,
          d.id, d.cpf_lookup, d.cpf_sealed, d.data_key, d.provenance::text
"""


def claim(fetch_id: int, *, quarantine: bool = False, token: uuid.UUID | None = None) -> Claim | None:
    """Takes a fetch, or None where it ended, waits for its time, or is somebody else's.

    In quarantine takes only what lost its lease without an outcome, and only so often. With a
    `token` of the caller's, others can tell which lease is meant.
    """
    token = token or uuid.uuid4()
    values: dict[str, Any] = {
        "token": token,
        "seconds": conf.LEASE_SECONDS,
        "fetch_id": fetch_id,
        "waiting": _WAITING,
        "quarantine": quarantine,
        "claims": conf.QUARANTINE_CLAIMS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
    if row is None:
        return None
    build_id, source, fresh, attempt, max_attempts, seconds_left, *dossier = row
    dossier_id, cpf_lookup, cpf_sealed, data_key, provenance = dossier
    return Claim(
        fetch_id=fetch_id,
        build_id=build_id,
        token=token,
        source=source,
        fresh=fresh,
        attempt=attempt,
        max_attempts=max_attempts,
        seconds_left=seconds_left,
        dossier=Dossier(
            id=dossier_id,
            cpf_lookup=cpf_lookup,
            cpf_sealed=cpf_sealed,
            data_key=data_key,
            provenance=orjson.loads(provenance),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a fetch's row says when its lease is let go of.

    `from_copy`: the kept copy answered, which does not count where a fresh ask has joined meanwhile.
    """

    state: Fetch.State
    origin: str = ""
    fetched_at: datetime | None = None  # None with origin `live`: now
    error_code: str = ""
    payload: bytes | None = field(default=None, repr=False)
    retry_in: float | None = None
    from_copy: bool = False


@dataclass(frozen=True, kw_only=True)
class FetchCall:
    """One live call, for the history. `reason` says more than the error's code; it names no value."""

    seconds: float
    status_code: int | None = 200
    error_code: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """`ours`: the lease was still ours, so the outcome is written. `last`: no other fetch is open.
    `awaited`: some build waits for its turn."""

    ours: bool
    last: bool
    awaited: bool
    at: datetime


# The outcome, the history and the question whether this was the last fetch, in one statement. A
# late call is noted too, though its outcome is not. Two that end at the same moment may both see
# the other open: then the chord's body ends the build.
_SETTLE = """
with written as (
    update orchestrator_fetch
       set state = %(state)s,
           origin = %(origin)s,
           fetched_at = case %(origin)s when 'live' then statement_timestamp() else %(fetched_at)s end,
           error_code = case when %(error_code)s = '' and %(state)s = any(%(open)s)
                             then error_code else %(error_code)s end,
           payload_sealed = %(payload)s,
           next_attempt_at = statement_timestamp() + make_interval(secs => %(retry_in)s),
           attempts = attempts - case when %(call)s then 0 else 1 end,
           lease_token = null,
           lease_until = null,
           quarantined_at = null,
           quarantine_claims = 0
     where id = %(fetch_id)s and lease_token = %(token)s and state = 'fetching'
       and not (fresh and %(from_copy)s)
 returning id
), noted as (
    insert into orchestrator_attempt
                (fetch_id, source, number, ended_at, seconds, error_code, reason, status_code,
                 retry_in_seconds)
    select %(fetch_id)s, %(source)s, %(number)s, statement_timestamp(), %(seconds)s, %(call_error)s,
           %(reason)s, %(status_code)s, %(retry_in)s
     where %(call)s
)
select exists(select from written),
       not exists(select from orchestrator_fetch
                   where build_id = %(build_id)s and id <> %(fetch_id)s
                     and state = any(%(open)s)),
       exists(select from orchestrator_build where finished_at is null and started_at is null),
       statement_timestamp()
"""


def settle(claim: Claim, outcome: Outcome, call: FetchCall | None) -> Settled:
    """Writes the outcome where the lease is still ours, and lets go of it.

    Without a call (a kept copy, a circuit that is open, a limit of ours) it was no attempt.
    """
    values: dict[str, Any] = {
        "fetch_id": claim.fetch_id,
        "build_id": claim.build_id,
        "token": claim.token,
        "state": outcome.state.value,
        "origin": outcome.origin,
        "fetched_at": outcome.fetched_at,
        "error_code": outcome.error_code,
        "payload": outcome.payload,
        "retry_in": outcome.retry_in,
        "open": _OPEN,
        "from_copy": outcome.from_copy,
        "call": call is not None,
        "source": claim.source,
        "number": claim.attempt,
        "call_error": call.error_code if call else None,
        "reason": call.reason if call else None,
        "seconds": call.seconds if call else None,
        "status_code": call.status_code if call else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, values)
        ours, last, awaited, at = cursor.fetchone()
    return Settled(ours=ours, last=last and outcome.state not in Fetch.OPEN, awaited=awaited, at=at)
