"""The work of a build, as plain functions: fetch one source, give up on one, finish.

Every function here is safe to run twice, and by two processes at once: a fetch is claimed by a
conditional update and written back only by who still holds its lease, by PostgreSQL's clock.
"""

import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from orchestrator import cache, conf, content, retries, sealing, snapshots
from orchestrator.clients import registry
from orchestrator.errors import SourceError
from orchestrator.models import Attempt, Build, Dossier, Fetch
from orchestrator.records import Block, Presence, Provenance, Source

_LONGEST_COUNTDOWN_SECONDS = 10.0  # a longer wait is the sweeper's; a message must not lie that long


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A fetch that is ours to do until the lease ends."""

    fetch: Fetch
    source: Source
    cpf: str
    token: uuid.UUID
    attempt: int
    seconds_left: float
    copy: tuple[Block, datetime] | None


def from_now(seconds: float) -> Combinable:
    """So many seconds from now, by PostgreSQL's clock."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def claimable() -> QuerySet[Fetch]:
    """Open fetches that nobody works on and whose time has come."""
    return Fetch.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=Now()),
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now()),
        state__in=Fetch.OPEN,
    )


def fetch(fetch_id: int) -> float | None:
    """Asks one source, or takes the kept copy, and writes the outcome into the fetch's row.

    Gives the seconds until it should be called again, or None where there is nothing more to do
    here: it ended, somebody else works on it, or the wait is so long that the sweeper sees to it.
    """
    claim = _claim(fetch_id)
    if claim is None:
        return None
    if claim.copy:
        _record_answer(claim, *claim.copy, origin="cache")
        return None
    return _call(claim)


def _claim(fetch_id: int) -> _Claim | None:
    row = (
        Fetch.objects.select_related("build__dossier")
        .annotate(left=F("build__deadline_at") - Now())
        .filter(pk=fetch_id, state__in=Fetch.OPEN)
        .first()
    )
    if row is None:
        return None
    source, cpf = registry.by_name()[row.source], snapshots.cpf_of(row.build.dossier)
    copy = None if row.fresh else cache.copy_of(source, cpf)
    token = uuid.uuid4()
    # An attempt that lost its lease without an outcome is made again, not counted again.
    more = Case(When(state=Fetch.State.FETCHING, then=Value(0)), default=Value(0 if copy else 1))
    claimed = (
        claimable()
        .filter(pk=fetch_id, fresh=row.fresh)
        .update(
            state=Fetch.State.FETCHING,
            lease_token=token,
            lease_until=from_now(conf.LEASE_SECONDS),
            next_attempt_at=None,
            attempts=F("attempts") + more,
        )
    )
    if not claimed:
        return None
    attempt = row.attempts + (row.state != Fetch.State.FETCHING)
    left = row.left.total_seconds()
    return _Claim(
        fetch=row, source=source, cpf=cpf, token=token, attempt=attempt, seconds_left=left, copy=copy
    )


def _call(claim: _Claim) -> float | None:
    started = time.monotonic()
    try:
        block = registry.client(claim.source.name).fetch([claim.cpf])[claim.cpf]
    except SourceError as error:
        return _record_error(claim, error, time.monotonic() - started)
    _record_live(claim, block, time.monotonic() - started)
    return None


def _record_live(claim: _Claim, block: Block, seconds: float) -> None:
    with transaction.atomic():
        fetched_at = _note_attempt(claim, seconds, error=None, wait=None)
        _record_answer(claim, block, fetched_at, origin="live")
    cache.keep_copy(claim.source, claim.cpf, block, fetched_at)


def _record_answer(claim: _Claim, block: Block, fetched_at: datetime, *, origin: str) -> bool:
    found = block.presence is Presence.FOUND
    return _write(
        claim,
        state=Fetch.State.OK if found else Fetch.State.NOT_FOUND,
        origin=origin,
        fetched_at=fetched_at,
        error_code="",
        payload_sealed=sealing.park(content.encode(block)),
    )


def _record_error(claim: _Claim, error: SourceError, seconds: float) -> float | None:
    wait = retries.wait_before_retry(
        error,
        attempts=claim.attempt,
        max_attempts=claim.fetch.max_attempts,
        seconds_left=claim.seconds_left - seconds,
        random=random.random,
    )
    with transaction.atomic():
        _note_attempt(claim, seconds, error=error, wait=wait)
        if wait is None:
            ours = _write(claim, **_given_up(claim.fetch, claim.fetch.build.dossier, error.code))
        else:
            ours = _write(
                claim, state=Fetch.State.WAITING_RETRY, next_attempt_at=from_now(wait), error_code=error.code
            )
    return wait if ours and wait is not None and wait < _LONGEST_COUNTDOWN_SECONDS else None


def _note_attempt(
    claim: _Claim, seconds: float, *, error: SourceError | None, wait: float | None
) -> datetime:
    """Adds the call to the history; gives when it ended, by PostgreSQL's clock."""
    attempt = Attempt.objects.create(
        fetch=claim.fetch,
        number=claim.attempt,
        seconds=seconds,
        error_code=error.code if error else "",
        status_code=error.status_code if error else 200,
        retry_in_seconds=wait,
    )
    return attempt.ended_at


def _write(claim: _Claim, **values: object) -> bool:
    """Writes where the lease is still ours, and lets go of it."""
    held = Fetch.objects.filter(pk=claim.fetch.pk, lease_token=claim.token, state=Fetch.State.FETCHING)
    return bool(held.update(lease_token=None, lease_until=None, **values))


def _given_up(fetch: Fetch, dossier: Dossier, code: str) -> dict[str, object]:
    """The end of a fetch that brought nothing."""
    carried = _carried(fetch, dossier)
    return {
        "state": Fetch.State.STALE if carried.origin else Fetch.State.FAILED,
        "origin": carried.origin or "",
        "fetched_at": carried.fetched_at,
        "error_code": code,
        "next_attempt_at": None,
    }


def _carried(fetch: Fetch, dossier: Dossier) -> Provenance:
    """Where a block comes from that was not brought: from what stands, if anything does."""
    standing = snapshots.provenance_of(dossier.provenance).get(fetch.source)
    known = standing is not None and standing.origin is not None
    return Provenance(
        origin="carried" if known else None,
        fetched_at=standing.fetched_at if standing else None,
        attempts=fetch.attempts,
        error_code=fetch.error_code or None,
    )


def give_up(build_id: int) -> None:
    """Ends the open fetches of a build that is past its deadline; who holds one is fenced off."""
    with transaction.atomic():
        if (locked := _lock(build_id)) is None:
            return
        build, _ = locked
        for row in build.fetches.filter(state__in=Fetch.OPEN).select_for_update():
            ending = _given_up(row, build.dossier, row.error_code or "deadline")
            Fetch.objects.filter(pk=row.pk).update(lease_token=None, lease_until=None, **ending)


def finish(build_id: int) -> None:
    """Ends a build, and with it its asks, once all its fetches have ended; else does nothing.

    Saves version n+1 where the content changed. With nothing fetched at all the build fails, and
    what stood before stands.
    """
    with transaction.atomic():
        if (locked := _lock(build_id)) is None:
            return
        build, now = locked
        fetches = list(build.fetches.all())
        if any(row.state in Fetch.OPEN for row in fetches):
            return
        _end(build, fetches, now)
        build.fetches.update(payload_sealed=None)


def _lock(build_id: int) -> tuple[Build, datetime] | None:
    """The build, locked, and PostgreSQL's time; None where it has ended."""
    active = Build.objects.select_for_update().filter(pk=build_id, finished_at=None)
    row = active.annotate(now=Now()).first()
    return (row, row.now) if row else None


def _end(build: Build, fetches: list[Fetch], now: datetime) -> None:
    good = sum(row.state in Fetch.GOOD for row in fetches)
    if good:
        build.outcome = "new_version" if _save(build, fetches, now) else "unchanged"
        build.state = Build.State.COMPLETE if good == len(fetches) else Build.State.PARTIAL
    else:
        build.state = Build.State.FAILED
    build.finished_at = now
    build.save(update_fields=["state", "outcome", "finished_at"])


def _save(build: Build, fetches: list[Fetch], now: datetime) -> bool:
    dossier = Dossier.objects.select_for_update().get(pk=build.dossier_id)
    standing, standing_hash = snapshots.latest(dossier)
    results = {row.source: _result(row, dossier) for row in fetches}
    decision = snapshots.decide(dossier.pk, results, standing, standing_hash)
    return snapshots.save(dossier, build, decision, now)


def _result(row: Fetch, dossier: Dossier) -> snapshots.Result:
    if row.payload_sealed is None:
        return snapshots.Result(block=None, provenance=_carried(row, dossier))
    provenance = Provenance(
        origin=row.origin, fetched_at=row.fetched_at, attempts=row.attempts, error_code=None
    )
    return snapshots.Result(block=sealing.unpark(row.payload_sealed), provenance=provenance)
