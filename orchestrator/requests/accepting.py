"""Asks: accepting one, cancelling it, and asking again for what failed.

An ask is one person's; the build is the work, which several asks may wait for, and which is sent when its
turn comes.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Least, Now

from orchestrator import conf
from orchestrator.clients.registry import SOURCES
from orchestrator.errors import DestroyedKey, NotFound, NothingToRetry
from orchestrator.models import Build, Dossier, DossierRequest, Fetch
from orchestrator.records.requests import Accepted, Purpose
from orchestrator.requests import building as builds
from orchestrator.requests import endings, turns
from orchestrator.sealing import envelopes, keys, lookups
from orchestrator.sealing.cpf import checked
from orchestrator.versions import identity, snapshots

_MOST_TRIES = 5


def request(
    *,
    cpf: str,
    purpose: str,
    owner: str,
    team: str = "",
    fresh: bool = False,
    allow_invalid_check_digits: bool = False,
) -> Accepted:
    """Accepts an ask: writes it down, and only then sends what there is room for, best effort.

    `cpf` may carry `.` and `-`. `owner` is opaque: `user:<id>` or `client:<id>`, and so is the `team`
    that it is asked for. `fresh` bypasses the cache. Joins the build that is under way for this CPF, if
    there is one.

    Raises InvalidInput: field `cpf` with code `length`, `repeated` or `check_digits` (the last
    can be asked for all the same), field `purpose` with code `unknown`. Raises Unreadable, UnknownKey, and
    Busy where more of this owner's waits already than can be worked off soon. For who was erased it makes a
    new dossier: only an ask does.
    """
    keys.require_once()
    digits = checked(cpf, allow_invalid_check_digits=allow_invalid_check_digits)
    reason = Purpose.named(purpose)
    with transaction.atomic():
        return _accept(_dossier_of(digits), reason, owner, team, fresh=fresh)


def retry(request_id: UUID, *, owner: str, team: str = "") -> Accepted:
    """Asks again for the sources that failed or are stale, and keeps the blocks that stand of the others.

    A new ask with the old one's purpose; joins the build that is under way, if there is one. Of an
    ask that failed altogether, or was cancelled, every source is asked.

    Raises NotFound, Busy, NothingToRetry where no block of the dossier is missing or carried, and
    Unreadable, also for who is erased.
    """
    keys.require_once()
    with transaction.atomic():
        old = _get(request_id)
        dossier = Dossier.objects.get(pk=old.build.dossier_id)
        for _, data_key, lookup in _kept_from_erasure("id", [dossier.pk]):
            envelopes.data_key(data_key, lookup)  # where it is gone, nothing could be saved
        brought_nothing = old.cancelled_at or old.build.state == Build.State.FAILED
        if not brought_nothing and len(snapshots.good_sources(dossier)) == len(SOURCES):
            raise NothingToRetry("Every source has answered: there is nothing to try again.", "answered")
        keep = not brought_nothing
        return _accept(dossier.pk, Purpose(old.purpose), owner, team, fresh=old.fresh, keep=keep)


def cancel(request_id: UUID, *, owner: str) -> None:
    """Ends an ask at once; its build goes on only while another ask waits for it.

    Late results of a cancelled build are ignored. Does nothing to an ask that has ended. Raises
    NotFound, also for an ask of somebody else.
    """
    with transaction.atomic():
        ask = _get(request_id)
        if ask.owner != owner:
            raise NotFound("There is no such request of yours.")
        locked = Build.objects.select_for_update(no_key=True)
        build = locked.filter(pk=ask.build_id, finished_at=None).first()
        if build is None:
            return
        build.requests.filter(pk=request_id, cancelled_at=None).update(cancelled_at=Now())
        if not build.requests.filter(cancelled_at=None).exists():
            endings.cancel(build)
        transaction.on_commit(turns.send_next)


def _dossier_of(cpf: str) -> int:
    """The dossier of a CPF, which is made where there is none, or none any more."""
    hashes = envelopes.lookups(cpf)
    found = _kept_from_erasure("cpf_lookup", hashes)
    if not found:
        _make(cpf)
        found = _kept_from_erasure("cpf_lookup", hashes)
    ((dossier_id, data_key, lookup),) = found
    try:
        envelopes.data_key(data_key, lookup)
    except DestroyedKey:
        identity.begin_anew(dossier_id, data_key, cpf, lookups.key_for_new())
    return dossier_id


def _make(cpf: str) -> None:
    """A dossier for somebody who has none; whoever else makes it meanwhile, it is one."""
    key_id = lookups.key_for_new()
    if len(conf.lookup_keys()) == 1 or not lookups.dossiers(cpf).exists():
        made = Dossier(**identity.new_dossier(cpf, key_id))
        Dossier.objects.bulk_create([made], ignore_conflicts=True)


def _kept_from_erasure(
    column: str, values: list[int] | list[bytes]
) -> list[tuple[int, memoryview, memoryview]]:
    """A dossier's id, key and lookup hash. Who is being erased is waited for; nobody is, before the caller's
    transaction has written the build that an erasure is to end. It holds up nobody else."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD.format(column=column), [tuple(values)])
        rows: list[tuple[int, memoryview, memoryview]] = cursor.fetchall()
    return rows


_HELD = "select id, data_key, cpf_lookup from orchestrator_dossier where {column} in %s for key share"


def _get(request_id: UUID) -> DossierRequest:
    try:
        return DossierRequest.objects.select_related("build").get(pk=request_id)
    except DossierRequest.DoesNotExist:
        raise NotFound("There is no such request.") from None


def _accept(
    dossier_id: int, purpose: Purpose, owner: str, team: str, *, fresh: bool, keep: bool = False
) -> Accepted:
    """Writes the ask beside a new build, to be sent when its turn comes, or beside the active one: to
    that it adds no work, so that nobody is too busy for it."""
    refusal = turns.refusal(owner)
    for _ in range(_MOST_TRIES):
        begun = None if refusal else _begin(dossier_id, owner, fresh=fresh, keep=keep)
        if build_id := begun or _join(dossier_id, owner, fresh=fresh):
            ask = DossierRequest.objects.create(
                build_id=build_id,
                purpose=purpose,
                owner=owner,
                team=team,
                standing_version=_standing(dossier_id),
                fresh=fresh,
            )
            return Accepted(request_id=ask.pk, dossier_id=dossier_id)
        if refusal:
            raise refusal
    raise RuntimeError("the active build of a dossier came and went too often")


def _standing(dossier_id: int) -> int:
    return Dossier.objects.values_list("latest_version", flat=True).get(pk=dossier_id)


def _begin(dossier_id: int, owner: str, *, fresh: bool, keep: bool) -> int | None:
    """None where a build is active; one that is being written meanwhile is waited for."""
    values: dict[str, Any] = {
        "dossier_id": dossier_id,
        "owner": owner,
        "precedence": turns.precedence(owner),
        "seconds": conf.WAITING_SECONDS + conf.DEADLINE_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, values)
        row = cursor.fetchone()
    if row is None:
        return None
    build_id = int(row[0])
    rows = Fetch.objects.bulk_create(
        [
            Fetch(build_id=build_id, source=source.name, fresh=fresh, max_attempts=conf.MAX_ATTEMPTS)
            for source in SOURCES
        ]
    )
    if keep:
        builds.keep_standing(rows, dossier_id)
    transaction.on_commit(turns.send_next)
    return build_id


_BEGIN = """
insert into orchestrator_build (dossier_id, owner, precedence, state, outcome, created_at, deadline_at)
values (%(dossier_id)s, %(owner)s, %(precedence)s, 'active', '', now(),
        now() + make_interval(secs => %(seconds)s))
on conflict (dossier_id) where finished_at is null do nothing
returning id
"""


def _join(dossier_id: int, owner: str, *, fresh: bool) -> int | None:
    """The active build, locked so that it cannot end before the ask is written beside it.

    Who joins late has the whole time that an ask has, but a build never lasts longer than two.
    """
    locked = Build.objects.select_for_update(no_key=True)
    build = locked.filter(dossier_id=dossier_id, finished_at=None).first()
    if build is None:
        return None
    began, whole = build.started_at or build.created_at, timedelta(seconds=conf.DEADLINE_SECONDS)
    if build.started_at is None:
        whole += timedelta(seconds=conf.WAITING_SECONDS)
    Build.objects.filter(pk=build.pk).update(
        deadline_at=Greatest(F("deadline_at"), Least(Now() + whole, began + 2 * whole))
    )
    turns.join(build, owner)
    transaction.on_commit(turns.send_next)  # who looks for what is next passes over a build that is locked
    if fresh:
        build.fetches.filter(state__in=Fetch.OPEN).update(fresh=True)
    return build.pk
