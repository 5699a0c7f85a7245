"""All that the portal and the command line may do with dossiers; the one door to this package."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from orchestrator.clients.health import source_health
from orchestrator.clients.registry import SOURCES, by_name
from orchestrator.errors import NotFound, Unreadable
from orchestrator.models import Dossier, DossierRequest, Snapshot
from orchestrator.records.decisions import Decided
from orchestrator.records.dossiers import AsOf, Comparison, Diff, DossierView, Headline, VersionSummary
from orchestrator.records.requests import Accepted
from orchestrator.records.sources import Source
from orchestrator.requests.accepting import cancel, request, retry
from orchestrator.requests.arrived import blocks as arrived
from orchestrator.requests.asked_for import asks, theirs
from orchestrator.requests.asked_for import by as subject
from orchestrator.requests.asked_for import many as subjects
from orchestrator.requests.finding import Among, folded
from orchestrator.requests.finding import by_name as find_named
from orchestrator.requests.following import left_by, steps
from orchestrator.requests.listing import asks as list_asks
from orchestrator.requests.listing import needing as asks_in_need
from orchestrator.requests.status import outlook, status, status_etag
from orchestrator.sealing import envelopes, lookups
from orchestrator.sealing.cpf import is_whole, normalised
from orchestrator.sealing.keys import require_if_answered as require_keys
from orchestrator.sealing.keys import require_once
from orchestrator.versions import decisions as decided
from orchestrator.versions import diff as differences
from orchestrator.versions import reading, snapshots
from orchestrator.versions.decisions import decide
from orchestrator.versions.headlines import many as headlines

log = structlog.get_logger(__name__)

__all__ = [
    "Among",
    "arrived",
    "asks",
    "asks_in_need",
    "before",
    "cancel",
    "compare",
    "decide",
    "decisions",
    "diff",
    "find",
    "find_named",
    "folded",
    "hash_of",
    "headline",
    "headlines",
    "id_of",
    "is_whole",
    "keyed_hash",
    "keyed_hashes",
    "latest_request",
    "latest_version",
    "left_by",
    "list_asks",
    "load",
    "load_many",
    "normalised",
    "outlook",
    "pin",
    "renew",
    "request",
    "require_keys",
    "retry",
    "source_health",
    "sources",
    "status",
    "status_etag",
    "steps",
    "subject",
    "subjects",
    "versions",
]


def find(cpf: str) -> DossierView | None:
    """The latest version of the dossier of a CPF, or None where there is no dossier.

    Raises InvalidInput where it is not 11 digits (check digits do not matter here), and Unreadable.
    """
    dossier_id = id_of(cpf)
    return None if dossier_id is None else load(dossier_id)


def id_of(cpf: str) -> int | None:
    """The dossier of a CPF, or None where there is none. Raises InvalidInput as `find`, and UnknownKey."""
    dossier = lookups.find(normalised(cpf))
    return dossier.pk if dossier else None


def keyed_hash(cpf: str) -> bytes:
    """What a CPF goes by where it may not stand itself. Raises InvalidInput where it is not 11 digits."""
    return keyed_hashes(cpf)[0]


def keyed_hashes(cpf: str) -> tuple[bytes, ...]:
    """All that a CPF may go by, while its key is replaced: one by each. Raises InvalidInput likewise."""
    return tuple(envelopes.lookups(normalised(cpf)))


def load(dossier_id: int, version: int | None = None) -> DossierView:
    """A dossier at a version; the latest one unless told.

    Raises NotFound, and Unreadable where its key is gone.
    """
    require_once()
    return reading.view(_get(dossier_id), version)


def version_at(dossier_id: int, at: datetime) -> int:
    """The number of the version that stood at an instant, 0 for none; it may be kept no more. Raises
    NotFound."""
    return reading.stood_number(_get(dossier_id), at)


def load_as_of(dossier_id: int, at: datetime) -> DossierView:
    """A dossier as it stood at an instant, with what that version said of itself then. Raises NotFound where
    none stood, or it is kept no more, and Unreadable."""
    require_once()
    return reading.stood(_get(dossier_id), at)


def load_many(wanted: Iterable[AsOf]) -> dict[int, DossierView | Unreadable]:
    """Some hundreds of dossiers as they were, by id, at the price of two queries; or why one cannot be read.

    Who does not exist is left out. Where no version stood, or it was deleted when it was old, the view
    has none, and tells who the dossier is about.
    """
    require_once()
    return reading.as_of(wanted)


def load_versions(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], DossierView | Unreadable]:
    """Some dozens of versions, by dossier and number, by one query; or why one cannot be read. Those that are
    no more are left out."""
    require_once()
    return reading.versions(wanted)


def renew(dossier_id: int, *, purpose: str, owner: str, team: str = "") -> Accepted:
    """Asks again for a dossier that exists, past every kept copy; else as `request`. Raises NotFound too.

    Its check digits are no question any more: who asked first answered for them.
    """
    cpf = load(dossier_id).cpf
    return request(
        cpf=cpf, purpose=purpose, owner=owner, team=team, fresh=True, allow_invalid_check_digits=True
    )


def headline(dossier_id: int) -> Headline:
    """Who a dossier is about. Raises NotFound, and Unreadable where its key is gone."""
    require_once()
    told = headlines([dossier_id]).get(dossier_id)
    if told is None:
        raise NotFound("There is no such dossier.")
    if isinstance(told, Unreadable):
        raise told
    return told


def versions(dossier_id: int) -> list[VersionSummary]:
    """The history, newest first; of who is erased, nothing. Raises NotFound."""
    dossier = _get(dossier_id)
    kept = dossier.snapshots.filter(number__gt=dossier.erased_version).order_by("-number")
    rows = kept.values("number", "completeness", "created_at", "pinned")
    counted = decided.counted(dossier)
    found = [VersionSummary(**row, decisions=counted[row["number"]]) for row in rows]
    # Of the latest the dossier itself says how complete it is: it may have been checked since it was saved.
    return [
        replace(each, completeness=dossier.completeness) if each.number == dossier.latest_version else each
        for each in found
    ]


def before(dossier_id: int, version: int, *, since: int = 0, most: int) -> Iterator[DossierView]:
    """Of the versions before one, and from another on, the last few, the newest first, each opened when it is
    come to; one that cannot be opened is left out. Raises NotFound."""
    require_once()
    return reading.before(_get(dossier_id), version, since=since, most=most)


def decisions(dossier_id: int) -> tuple[Decided, ...]:
    """What was decided by its versions, and noted on them, the newest first; of who is erased, nothing.
    Raises NotFound, and Unreadable where the key is gone."""
    require_once()
    return decided.of(_get(dossier_id))


def hash_of(dossier_id: int) -> bytes:
    """The keyed hash by which a dossier is found now. Raises NotFound."""
    return bytes(_get(dossier_id).cpf_lookup)


def latest_version(dossier_id: int) -> int:
    """The number of the latest version, 0 for none. Raises NotFound."""
    return _get(dossier_id).latest_version


def pin(dossier_id: int, number: int, *, owner: str, pinned: bool = True) -> None:
    """Keeps a version whatever its age, or no longer; safe to run twice. Raises NotFound, and Unreadable of
    one that was erased.

    `owner` is who asks, for the log.
    """
    version = snapshots.find(_get(dossier_id), number)
    Snapshot.objects.filter(pk=version.pk).update(pinned=pinned)
    log.info("version.pinned", dossier=dossier_id, number=number, pinned=pinned, owner=owner)


def diff(dossier_id: int, from_version: int, to_version: int) -> Diff:
    """What changed between two versions. Raises NotFound, and Unreadable where the key is gone."""
    return compare(dossier_id, from_version, to_version).diff


def compare(
    dossier_id: int,
    from_version: int,
    to_version: int,
    *,
    telling: Callable[[DossierView], DossierView] = lambda view: view,
) -> Comparison:
    """Two versions, and what changed between them in what is to be told of each: all, unless `telling` leaves
    some out. Raises as `diff`."""
    require_once()
    dossier = _get(dossier_id)
    before, after = (reading.view(dossier, number) for number in (from_version, to_version))
    changed = differences.between(telling(before), telling(after), by_name())
    return Comparison(before=before, after=after, diff=changed)


def latest_request(dossier_id: int, *, owner: str | None = None, team: str = "") -> UUID | None:
    """The request of a dossier that last ran to its end, whoever made it, or of this owner's and the
    team's; None without one."""
    ended = DossierRequest.objects.filter(
        build__dossier_id=dossier_id, build__finished_at__isnull=False, cancelled_at=None
    )
    if owner is not None:
        ended = ended.filter(theirs(owner, team))
    newest = ended.order_by("-build__finished_at", "-created_at").values_list("pk", flat=True)
    return newest.first()


def sources() -> tuple[Source, ...]:
    """The registered sources, in the order in which pages show them."""
    return SOURCES


def _get(dossier_id: int) -> Dossier:
    try:
        return Dossier.objects.get(pk=dossier_id)
    except Dossier.DoesNotExist:
        raise NotFound("There is no such dossier.") from None
