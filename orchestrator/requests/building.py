"""The work of a build, as plain functions: fetch one source, keep what stands, finish.

Every function here is safe to run twice, and by two processes at once: a fetch is claimed by a
conditional update and written back only by who still holds its lease, by PostgreSQL's clock.
"""

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import structlog
from django.db import Error, transaction
from django.db.models.functions import Now

from orchestrator import cache, content
from orchestrator.clients import gates, registry
from orchestrator.clients.parsing import answers
from orchestrator.errors import Postponed, SourceError
from orchestrator.models import Build, Dossier, Fetch
from orchestrator.records.dossiers import Block, Presence, Provenance
from orchestrator.records.sources import Source
from orchestrator.requests import leases, turns
from orchestrator.requests.leases import Claim, FetchCall, Outcome, Settled
from orchestrator.sealing import envelopes
from orchestrator.versions import carrying, identity, snapshots
from orchestrator.versions.carrying import Brought, Failed

_LONGEST_COUNTDOWN_SECONDS = 10.0  # a longer wait is the sweeper's; a message must not lie that long

log = structlog.get_logger(__name__)


def fetch(fetch_id: int, *, quarantine: bool = False, token: UUID | None = None) -> float | None:
    """Asks one source, or takes the kept copy, and writes the outcome into the fetch's row.

    Gives the seconds until it should be called again, or None where there is nothing more to do
    here: it ended, somebody else works on it, or the wait is so long that the sweeper sees to it.
    In quarantine it takes only what may have killed a worker; `token` is its lease's.
    """
    claim = leases.claim(fetch_id, quarantine=quarantine, token=token)
    if claim is None:
        return None
    structlog.contextvars.bind_contextvars(build=claim.build_id)
    try:
        source, cpf = registry.by_name()[claim.source], identity.cpf_of(claim.dossier)
        if not claim.fresh:
            standing = _standing(claim.dossier, claim.source)
            since = standing.fetched_at if standing else None
            copy = cache.copy_of(source, claim.dossier, standing_since=since)
            if copy and settle(claim, answered(claim, copy[0], origin="cache", fetched_at=copy[1])).ours:
                return None
        return _call(claim, source, cpf)
    except Exception:
        with suppress(Error):  # our defect: as good as a death, and nobody has to wait for the lease
            leases.drop(claim.fetch_id, claim.token)
        raise


def _call(claim: Claim, source: Source, cpf: str) -> float | None:
    """Calls the source once, and settles the fetch by what came of it."""
    block, started = None, time.monotonic()
    try:
        with gates.passing(source.name):
            started = time.monotonic()
            blocks = registry.client(source.name).fetch([cpf])
        block = answers.block_of(blocks, cpf)
    except Postponed as later:
        state = Fetch.State.PENDING if claim.attempt == 1 else Fetch.State.WAITING_RETRY
        outcome, call = Outcome(state=state, retry_in=later.seconds), None
    except SourceError as error:
        outcome, call = _failed(claim, error, time.monotonic() - started)
    else:
        call = FetchCall(seconds=time.monotonic() - started)
        outcome = answered(claim, block, origin="live")
    if call:
        log.info("source.called", source=claim.source, attempt=claim.attempt, **asdict(call))
    settled, wait = settle(claim, outcome, call), outcome.retry_in
    if block and settled.ours:  # who lost the lease may hold an older answer than the one that was kept since
        cache.keep_copy(source, claim.dossier, block, settled.at)
    return wait if settled.ours and wait is not None and wait < _LONGEST_COUNTDOWN_SECONDS else None


def _failed(claim: Claim, error: SourceError, seconds: float) -> tuple[Outcome, FetchCall | None]:
    """What a call that failed comes to, another try or the end; and the call, where one was made."""
    reason = "" if str(error) == error.code else str(error)
    call = FetchCall(seconds=seconds, error_code=error.code, reason=reason, status_code=error.status_code)
    wait = gates.wait_before_retry(
        error,
        attempts=claim.attempt,
        max_attempts=claim.max_attempts,
        seconds_left=claim.seconds_left - seconds,
        random=random.random,
    )
    if wait is None:
        outcome = given_up(claim.dossier, claim.source, Failed(code=error.code, attempts=claim.attempt))
    else:
        outcome = Outcome(state=Fetch.State.WAITING_RETRY, error_code=error.code, retry_in=wait)
    return outcome, call if error.was_called else None


def answered(claim: Claim, block: Block, *, origin: str, fetched_at: datetime | None = None) -> Outcome:
    """How a fetch ends whose source said something of the person, now or in a kept copy."""
    return Outcome(
        state=Fetch.State.OK if block.presence is Presence.FOUND else Fetch.State.NOT_FOUND,
        origin=origin,
        fetched_at=fetched_at,
        payload=envelopes.park(content.encode(block), _place(claim.fetch_id)),
        from_copy=origin == "cache",
    )


def given_up(dossier: Dossier, source: str, failed: Failed) -> Outcome:
    """How a fetch ends that brought nothing: with what stood, where something did."""
    told = carrying.carried(_standing(dossier, source), failed)
    return Outcome(
        state=Fetch.State.STALE if told.origin else Fetch.State.FAILED,
        origin=told.origin or "",
        fetched_at=told.fetched_at,
        error_code=failed.code,
    )


def settle(claim: Claim, outcome: Outcome, call: FetchCall | None = None) -> Settled:
    """Writes an outcome as `leases.settle` does, and lets go on what waited for it.

    The last fetch need not wait for the chord to send its body, which then finds all done; and what
    waits need not wait for the sweeper.
    """
    settled = leases.settle(claim, outcome, call)
    if settled.ours and settled.last:
        finish(claim.build_id)
    if settled.awaited:
        turns.send_next()
    return settled


def _place(fetch_id: int) -> str:
    return f"fetch:{fetch_id}"


def _standing(dossier: Dossier, source: str) -> Provenance | None:
    """Where the block of a source that stands came from; None where none stands."""
    standing = snapshots.provenance_of(dossier.provenance).get(source)
    return standing if standing and standing.origin else None


def keep_standing(rows: Sequence[Fetch], dossier_id: int) -> None:
    """Settles the fetches whose source's standing block is good, with that block.

    For asking again for what failed only. The caller has just begun the rows' build: build first,
    dossier second is the order of locks everywhere, or finishing and retrying would block each other.
    """
    dossier = Dossier.objects.select_for_update(no_key=True).get(pk=dossier_id)
    standing, _ = snapshots.latest(dossier)
    kept = []
    for row in rows:
        stood = snapshots.stood(dossier, standing, row.source)
        if stood.is_good and stood.block and stood.known:
            found = stood.block["presence"] == Presence.FOUND
            row.state = Fetch.State.OK if found else Fetch.State.NOT_FOUND
            row.origin, row.fetched_at = stood.known.origin or "", stood.known.fetched_at
            row.payload_sealed = envelopes.park(stood.block, _place(row.pk))
            kept.append(row)
    Fetch.objects.bulk_update(kept, ["state", "origin", "fetched_at", "payload_sealed"])


def finish(build_id: int) -> None:
    """Ends a build, and with it its asks, once all its fetches have ended; else does nothing.

    Saves version n+1 where the content changed. With nothing fetched at all the build fails, and
    what stood before stands.
    """
    with transaction.atomic():
        active = Build.objects.select_for_update(no_key=True).filter(pk=build_id, finished_at=None)
        build = active.annotate(now=Now()).first()
        if build is None:
            return
        fetches = list(build.fetches.all())
        if any(row.state in Fetch.OPEN for row in fetches):
            return
        good = sum(row.state in Fetch.GOOD for row in fetches)
        if good:
            build.outcome = "new_version" if _save(build, fetches, build.now) else "unchanged"
            build.state = Build.State.COMPLETE if good == len(fetches) else Build.State.PARTIAL
        else:
            build.state = Build.State.FAILED
        build.finished_at = build.now
        build.save(update_fields=["state", "outcome", "finished_at"])
        build.fetches.update(payload_sealed=None)


def _save(build: Build, fetches: list[Fetch], now: datetime) -> bool:
    dossier = Dossier.objects.select_for_update(no_key=True).get(pk=build.dossier_id)
    standing, standing_hash = snapshots.latest(dossier)
    results = {
        row.source: carrying.stands(tried(row), snapshots.stood(dossier, standing, row.source))
        for row in fetches
    }
    decision = snapshots.decide(dossier.pk, results, standing, standing_hash)
    return snapshots.save(dossier, build, decision, now)


def tried(row: Fetch) -> Brought | Failed:
    """What a fetch that has ended came to."""
    if row.payload_sealed is None:
        return Failed(code=row.error_code, attempts=row.attempts)
    block = envelopes.unpark(row.payload_sealed, _place(row.pk))
    came = Provenance(
        origin=row.origin, fetched_at=row.fetched_at, attempts=row.attempts, error_code=row.error_code or None
    )
    return Brought(block=block, provenance=came)
