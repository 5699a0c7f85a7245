"""What a person may ask of us about their own data; beside `dossiers` and `runs` a door to this package.

An erasure destroys the dossier's own key, by which all that is kept of the person is sealed, in one
transaction that also ends the work under way; then it clears away what was sealed otherwise. It is in the
register before the key is gone, so that whoever dies over it has promised it: the sweeper, or the next start,
does the rest.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction
from django.db.models import Q
from psycopg2.errors import LockNotAvailable

from orchestrator import cache, clock, conf
from orchestrator.batch import leaving, people
from orchestrator.errors import InvalidInput, NotFound
from orchestrator.models import Build, Decision, Dossier, DossierRequest, Erasure, Fetch, Snapshot
from orchestrator.records.persons import Erased, Remnant
from orchestrator.requests import endings
from orchestrator.sealing import envelopes, keys, lookups, register
from orchestrator.sealing.cpf import normalised
from orchestrator.sealing.register import ErasureEntry
from orchestrator.versions import decisions, identity

REGISTER = "register"  # who owns an erasure that was only replayed
_LONGEST_REASON = 200
_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05

log = structlog.get_logger(__name__)


def erase(cpf: str, *, reason: str, owner: str) -> Erased:
    """Erases a person: nothing that is kept of them can be read any more. Safe to run twice, and to run again
    after it was broken off: who is erased stays so, until somebody asks for the CPF anew.

    `reason` is kept; `owner` is who does it, as of a request. Raises InvalidInput, field `cpf` (check digits
    do not matter) or field `reason` with code `empty`, `length` or `cpf`; NotFound where nothing is kept of
    them; UnknownKey; and ImproperlyConfigured where the register cannot be written.
    """
    digits = normalised(cpf)
    why = _reason(reason, digits)
    replay()  # what somebody died over
    keys.require()
    if not lookups.dossiers(digits).exists():
        if not leaving.are_listed(digits):
            raise NotFound("Nothing is kept of this person.")
        people.make_missing([digits])
    erasure = None
    while erasure is None:  # who is asked for anew at this moment is erased all the same
        pk, began = lookups.dossiers(digits).values_list("pk", "created_at").get()
        wanted = _Wanted(dossier_id=pk, began=began, at=clock.now(), reason=why, owner=owner)
        erasure = _destroyed(wanted)
    _clear(erasure)
    log.info("person.erased", dossier=erasure.dossier_id, owner=owner, **erasure.removed)
    return _told(erasure)


def find_erasure(cpf: str) -> Erased | None:
    """The last erasure of a person, also where they were asked for anew since; None without one. Raises
    InvalidInput."""
    digits = normalised(cpf)
    of_person = Q(lookup__in=envelopes.lookups(digits)) | Q(
        dossier_id__in=lookups.dossiers(digits).values("pk")
    )
    last = Erasure.objects.filter(of_person).order_by("-erased_at").first()
    return _told(last) if last else None


def replay() -> int:
    """Does again the erasures that the register names and the database lacks, as one that was restored does,
    and what was begun and not finished. Gives how many it lacked. Safe to run at any time and by two at once.
    """
    lacking = register.missing()
    for entry in lacking:
        _replay(entry)
    for erasure in Erasure.objects.filter(finished_at=None).order_by("pk"):
        _clear(erasure)
    if lacking:
        log.warning("erasures.replayed", number=len(lacking))
    return len(lacking)


def register_again() -> int:
    """Writes the erasures that the database has into the register, where that lacks them, such as one that
    was lost; gives how many."""
    named = {each.dossier for each in register.entries()}
    unnamed = [
        entry for each in Erasure.objects.order_by("pk") if (entry := _entry(each)).dossier not in named
    ]
    if unnamed:
        register.append(unnamed)
    return len(unnamed)


def _reason(text: str, cpf: str) -> str:
    reason = text.strip()
    if not reason:
        raise InvalidInput("reason", "empty", "The reason is missing.")
    if len(reason) > _LONGEST_REASON:
        raise InvalidInput("reason", "length", f"The reason is longer than {_LONGEST_REASON} characters.")
    if cpf in "".join(sign for sign in reason if sign.isdigit()):
        raise InvalidInput("reason", "cpf", "The reason is kept, and must not hold the CPF.")
    return reason


def _replay(entry: ErasureEntry) -> None:
    """The dossier of that id and beginning is erased; or, in a database from before it began, the one that
    its person had then. One that the person has had since is another, and stays."""
    of_person = Dossier.objects.filter(cpf_lookup=entry.lookup)
    exact = Dossier.objects.filter(pk=entry.dossier_id, created_at=entry.created_at)
    before = of_person.filter(created_at__lte=entry.created_at)
    found = exact.first() or before.first()
    if found is not None:
        at = entry.erased_at if found.created_at == entry.created_at else clock.now()
        _destroyed(_Wanted(dossier_id=found.pk, began=found.created_at, at=at, reason="", owner=REGISTER))
    elif not of_person.exists():  # from before anything was kept of them: nobody is to build it meanwhile
        stone = Dossier(cpf_lookup=entry.lookup, cpf_sealed=b"", data_key=b"")
        Dossier.objects.bulk_create([stone], ignore_conflicts=True)
    noted = Erasure(
        dossier_id=entry.dossier_id,
        created_at=entry.created_at,
        lookup=entry.lookup,
        erased_at=entry.erased_at,
        owner=REGISTER,
    )
    Erasure.objects.bulk_create([noted], ignore_conflicts=True)


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """An erasure that is to be: of the dossier that began then, unless its row has another one by now."""

    dossier_id: int
    began: datetime
    at: datetime
    reason: str
    owner: str


def _destroyed(wanted: _Wanted) -> Erasure | None:
    """Destroys a dossier's key, as soon as nobody has locked its build."""
    ends = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return _destroy(wanted)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable) or time.monotonic() > ends:
                raise
        time.sleep(_PAUSE_SECONDS)


@transaction.atomic
def _destroy(wanted: _Wanted) -> Erasure | None:
    """In the order of locks the build comes first; here it is the dossier, whose lock keeps new builds away,
    and so the build is not waited for."""
    dossier = Dossier.objects.select_for_update().get(pk=wanted.dossier_id)
    if dossier.created_at != wanted.began:
        return None
    done = Erasure.objects.filter(dossier_id=dossier.pk, created_at=dossier.created_at).first()
    if done is not None and not dossier.data_key:
        if wanted.reason and not done.reason:  # it was promised, and somebody died over it
            done.reason, done.owner = wanted.reason, wanted.owner
            done.save(update_fields=["reason", "owner"])
        return done
    erasure = Erasure(
        dossier_id=dossier.pk,
        created_at=dossier.created_at,
        lookup=bytes(dossier.cpf_lookup),
        erased_at=wanted.at,
        reason=wanted.reason,
        owner=wanted.owner,
        removed=_emptied(dossier),
    )
    register.append([_entry(erasure)])
    nothing = {"cpf_sealed": b"", "data_key": b"", **identity.NOTHING_KNOWN}
    Dossier.objects.filter(pk=dossier.pk).update(**nothing)
    erasure.save()
    return erasure


def _emptied(dossier: Dossier) -> dict[str, int]:
    """Ends the work on a dossier and empties its rows. With the key of an older backup, what was saved since
    could be read: so it goes too."""
    active = Build.objects.filter(dossier=dossier, finished_at=None)
    builds = list(active.select_for_update(no_key=True, nowait=True))
    parked = Fetch.objects.filter(build__dossier=dossier, payload_sealed__isnull=False)
    payloads = parked.update(payload_sealed=None)
    for build in builds:
        endings.cancel(build)
    kept = Snapshot.objects.filter(dossier=dossier, number__gt=dossier.erased_version)
    versions = kept.update(content_sealed=b"", pinned=False, decided_at=None, negative=None)
    emptied = decisions.empty(dossier)
    return {"versions": versions, "decisions": emptied, "builds": len(builds), "payloads": payloads}


def _clear(erasure: Erasure) -> None:
    """Removes what the dossier's key did not seal, and names that are made from the CPF. Does as much of it
    as is left."""
    lookup, removed = bytes(erasure.lookup), erasure.removed
    of_person = Q(pk=erasure.dossier_id, created_at=erasure.created_at) | Q(cpf_lookup=lookup)
    erased = Dossier.objects.filter(of_person, data_key=b"").first()  # else asked for anew since
    chunks = leaving.leave(erased.pk, lookup) if erased else 0
    names = leaving.forget_file_names(erased.pk, lookup) if erased else 0
    copies = cache.forget(lookup)
    for kind, number in {"chunks": chunks, "copies": copies or 0}.items():
        removed[kind] = removed.get(kind, 0) + number
    if names:
        removed["file_names"] = removed.get("file_names", 0) + names
    if copies is not None:
        erasure.finished_at = erasure.finished_at or clock.now()
    erasure.save(update_fields=["removed", "finished_at"])


def _entry(erasure: Erasure) -> ErasureEntry:
    return ErasureEntry(
        dossier_id=erasure.dossier_id,
        created_at=erasure.created_at,
        erased_at=erasure.erased_at,
        lookup=bytes(erasure.lookup),
    )


def _told(erasure: Erasure) -> Erased:
    return Erased(
        dossier_id=erasure.dossier_id,
        erased_at=erasure.erased_at,
        reason=erasure.reason,
        owner=erasure.owner,
        finished=erasure.finished_at is not None,
        removed=erasure.removed,
        stands=_stands(erasure),
    )


def _stands(erasure: Erasure) -> tuple[Remnant, ...]:
    asks = DossierRequest.objects.filter(
        build__dossier=erasure.dossier_id, created_at__lte=erasure.erased_at
    ).count()
    versions = Snapshot.objects.filter(
        dossier=erasure.dossier_id, created_at__lte=erasure.erased_at, content_sealed=b""
    ).count()
    decided = Decision.objects.filter(
        dossier=erasure.dossier_id, created_at__lte=erasure.erased_at, content_sealed=b""
    ).count()
    since = erasure.erased_at
    return (
        Remnant(
            kind="requests",
            number=asks,
            until=since + timedelta(days=conf.HISTORY_DAYS),
            why="who asked, for what purpose and when: a person may ask for the last six months"
            " (Lei 12.414/2011, art. 6, IV)",
        ),
        Remnant(
            kind="version_hashes",
            number=versions,
            until=since + timedelta(days=conf.RETENTION_DAYS),
            why="keyed hashes and dates without content, by which the history is proven",
        ),
        Remnant(
            kind="decision_dates",
            number=decided,
            until=since + timedelta(days=max(conf.DECISION_DAYS, conf.RETENTION_DAYS)),
            why="who decided and when, without what: damage by a decision can be claimed for five years"
            " (Lei 8.078/1990, art. 27)",
        ),
        Remnant(
            kind="access_records",
            number=None,
            until=since + timedelta(days=conf.ACCESS_RECORD_DAYS),
            why="who looked, by a keyed hash (Lei 13.709/2018, art. 37)",
        ),
        Remnant(
            kind="tombstone",
            number=1,
            until=None,
            why="the keyed hash without the CPF, so that no run and no backup brings the person back"
            " (Lei 13.709/2018, art. 16, I)",
        ),
    )
