"""Who works on a fetch: claimed by a conditional update, written back only by who still holds it.

Time is PostgreSQL's, so that a worker's clock does not matter.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import orjson
from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from orchestrator import conf
from orchestrator.models import Dossier, Fetch


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A fetch that is ours to do until the lease ends. `dossier` has its sealed columns only."""

    fetch_id: int
    token: uuid.UUID
    source: str
    fresh: bool
    attempt: int
    max_attempts: int
    seconds_left: float  # until the build's deadline
    dossier: Dossier = field(repr=False)


def from_now(seconds: float) -> Combinable:
    """So many seconds from now, by PostgreSQL's clock."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def claimable() -> QuerySet[Fetch]:
    """Open fetches that nobody works on and whose time has come; `claim` has the same condition."""
    return Fetch.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=Now()),
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now()),
        state__in=Fetch.OPEN,
    )


# One statement claims and reads: three of these stand between an ask and its calls. An attempt
# that lost its lease without an outcome is made again, not counted again.
_CLAIM = """
update orchestrator_fetch as f
   set state = 'fetching',
       lease_token = %(token)s,
       lease_until = statement_timestamp() + make_interval(secs => %(seconds)s),
       next_attempt_at = null,
       attempts = f.attempts + case f.state when 'fetching' then 0 else 1 end
  from orchestrator_build as b
  join orchestrator_dossier as d on d.id = b.dossier_id
 where f.id = %(fetch_id)s
   and b.id = f.build_id
   and f.state in ('pending', 'fetching', 'waiting_retry')
   and (f.lease_until is null or f.lease_until < statement_timestamp())
   and (f.next_attempt_at is null or f.next_attempt_at <= statement_timestamp())
returning f.source, f.fresh, f.attempts, f.max_attempts,
          extract(epoch from b.deadline_at - statement_timestamp())::float8,
          d.id, d.cpf_sealed, d.data_key, d.provenance::text
"""


def claim(fetch_id: int) -> Claim | None:
    """Takes a fetch, or None where it ended, waits for its time, or is somebody else's."""
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"token": token, "seconds": conf.LEASE_SECONDS, "fetch_id": fetch_id})
        row = cursor.fetchone()
    if row is None:
        return None
    source, fresh, attempt, max_attempts, seconds_left, dossier_id, cpf_sealed, data_key, provenance = row
    return Claim(
        fetch_id=fetch_id,
        token=token,
        source=source,
        fresh=fresh,
        attempt=attempt,
        max_attempts=max_attempts,
        seconds_left=seconds_left,
        dossier=Dossier(
            id=dossier_id, cpf_sealed=cpf_sealed, data_key=data_key, provenance=orjson.loads(provenance)
        ),
    )


def write(claim: Claim, only_where: Mapping[str, object] | None = None, /, **values: object) -> bool:
    """Writes an outcome and lets go of the lease; False where the lease is no longer ours."""
    held = Fetch.objects.filter(pk=claim.fetch_id, lease_token=claim.token, state=Fetch.State.FETCHING)
    return bool(held.filter(**only_where or {}).update(lease_token=None, lease_until=None, **values))
