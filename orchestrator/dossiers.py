"""All that the portal and the command line may do with dossiers; the one door to this package."""

import hashlib
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from orchestrator import conf, dispatch, reading, sealing, snapshots
from orchestrator import diff as differences
from orchestrator.clients.registry import SOURCES
from orchestrator.cpf import checked, normalised
from orchestrator.errors import InvalidInput, NotFound
from orchestrator.leases import from_now
from orchestrator.models import Build, Dossier, DossierRequest, Fetch
from orchestrator.records import (
    Accepted,
    Block,
    Column,
    Diff,
    Divergence,
    DossierView,
    FetchStatus,
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

__all__ = [
    "Accepted",
    "Block",
    "Column",
    "Diff",
    "Divergence",
    "DossierView",
    "FetchStatus",
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
    "Value",
    "ValueChange",
    "VersionSummary",
    "diff",
    "find",
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
        dossier = _dossier(digits)
        build = _join(dossier, fresh=fresh) or _begin(dossier, fresh=fresh)
        ask = DossierRequest.objects.create(build=build, purpose=reason, owner=owner, fresh=fresh)
    return Accepted(request_id=ask.pk, dossier_id=dossier.pk)


def _purpose(purpose: str) -> Purpose:
    try:
        return Purpose(purpose)
    except ValueError:
        known = ", ".join(Purpose)
        raise InvalidInput("purpose", "unknown", f"The purpose must be one of {known}.") from None


def _dossier(cpf: str) -> Dossier:
    lookup = sealing.lookup(cpf)
    dossier = Dossier.objects.filter(cpf_lookup=lookup).first()
    return dossier or Dossier.objects.get_or_create(cpf_lookup=lookup, defaults=snapshots.new_dossier(cpf))[0]


def _join(dossier: Dossier, *, fresh: bool) -> Build | None:
    """The active build, locked so that it cannot end before the ask is written beside it."""
    build = Build.objects.select_for_update().filter(dossier=dossier, finished_at=None).first()
    if build and fresh:
        build.fetches.filter(state__in=Fetch.OPEN).update(fresh=True)
    return build


def _begin(dossier: Dossier, *, fresh: bool) -> Build:
    """A new build with a fetch for each source; joins instead where another ask was first."""
    for _ in range(_MOST_TRIES):
        try:
            with transaction.atomic():
                return _create_build(dossier, fresh=fresh)
        except IntegrityError:
            if joined := _join(dossier, fresh=fresh):
                return joined
    raise RuntimeError("the active build of a dossier came and went too often")


def _create_build(dossier: Dossier, *, fresh: bool) -> Build:
    """Raises IntegrityError where another build is active. Sends the work after the commit."""
    build = Build.objects.create(dossier=dossier, deadline_at=from_now(conf.DEADLINE_SECONDS), sent_at=Now())
    rows = [
        Fetch(build=build, source=source.name, fresh=fresh, max_attempts=conf.MAX_ATTEMPTS)
        for source in SOURCES
    ]
    fetch_ids = [row.pk for row in Fetch.objects.bulk_create(rows)]
    transaction.on_commit(lambda: _send(build.pk, fetch_ids))
    return build


def _send(build_id: int, fetch_ids: list[int]) -> None:
    """Sends the work; where that fails, the row says so and the sweeper sends it soon."""
    if not dispatch.send_build(build_id, fetch_ids):
        Build.objects.filter(pk=build_id).update(sent_at=None)


def status(request_id: UUID) -> RequestStatus:
    """Where a request stands, by one query that reads no payload. Raises NotFound."""
    rows = list(DossierRequest.objects.filter(pk=request_id).values_list(*_STATUS_COLUMNS, named=True))
    if not rows:
        raise NotFound("There is no such request.")
    ask, by_source = rows[0], {row.build__fetches__source: row for row in rows}
    order = dict.fromkeys([*(source.name for source in SOURCES if source.name in by_source), *by_source])
    fetches = tuple(_fetch_status(by_source[name]) for name in order)
    return RequestStatus(
        request_id=request_id,
        dossier_id=ask.build__dossier_id,
        purpose=Purpose(ask.purpose),
        fresh=ask.fresh,
        state=ask.build__state if ask.build__finished_at else _progress(fetches),
        outcome=ask.build__outcome or None,
        snapshot_version=ask.build__dossier__latest_version or None,
        requested_at=ask.created_at,
        deadline_at=ask.build__deadline_at,
        finished_at=ask.build__finished_at,
        sources=fetches,
    )


_FETCH_COLUMNS = (
    "source",
    "state",
    "attempts",
    "max_attempts",
    "next_attempt_at",
    "origin",
    "fetched_at",
    "error_code",
)
_STATUS_COLUMNS = (
    "purpose",
    "fresh",
    "created_at",
    "build__dossier_id",
    "build__dossier__latest_version",
    "build__state",
    "build__outcome",
    "build__deadline_at",
    "build__finished_at",
    *(f"build__fetches__{column}" for column in _FETCH_COLUMNS),
)


def _progress(fetches: tuple[FetchStatus, ...]) -> str:
    return "queued" if all(fetch.state == Fetch.State.PENDING for fetch in fetches) else "running"


def _fetch_status(row: Any) -> FetchStatus:
    """From a row of _STATUS_COLUMNS; what is empty there is None."""
    values = {column: getattr(row, f"build__fetches__{column}") for column in _FETCH_COLUMNS}
    return FetchStatus(**values | {key: values[key] or None for key in ("origin", "error_code")})


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
    """A dossier at a version; the latest one unless told. Raises NotFound."""
    return reading.view(_get(dossier_id), version)


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
