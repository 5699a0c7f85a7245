"""The person's own rights, as a privacy officer serves them: what is held of them and who looked, a datum
that they contest, a fresh build, and erasure; and the register of what they asked for, with its legal dates.

Each function is for a reader who may SERVE_PERSONS; others get PermissionDenied. Whoever calls has the
person's CPF from the person: the register keeps a keyed hash alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.timezone import localdate, now

from orchestrator import dossiers
from orchestrator import persons as orchestrated
from orchestrator.errors import NotFound
from orchestrator.records.decisions import Decided
from orchestrator.records.dossiers import AskTold, DossierView
from orchestrator.records.persons import Erased
from orchestrator.records.requests import Accepted, Purpose
from portal.access import deciding, record
from portal.access.audit import auditing
from portal.access.audit.auditing import Line
from portal.access.models import Contest, Following, Notice, PersonRequest
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import May

# Days until a request is due: LGPD art. 19 II; Lei 12.414 art. 5 III; CDC art. 43 § 3 (five working days,
# so a week at the least). The law names none for erasure: it is answered as a report is.
DUE_DAYS = {
    PersonRequest.Kind.REPORT: 15,
    PersonRequest.Kind.CONTEST: 10,
    PersonRequest.Kind.CORRECTION: 7,
    PersonRequest.Kind.ERASURE: 15,
}
LOOKS_DAYS = 183  # Decreto 9.936 art. 9: who looked in the last six months


@dataclass(frozen=True, kw_only=True)
class PersonReport:
    """All that is held about a CPF: the dossier's versions, the newest first, who asked for what, who looked,
    what was decided (by people: LGPD art. 20 asks how for what a machine decides), what the person asked of
    us, and their erasure, if they were erased."""

    cpf: str
    made_at: datetime
    dossier_id: int | None
    versions: tuple[DossierView, ...]
    asks: tuple[AskTold, ...]
    looks: tuple[Line, ...]
    requests: tuple[PersonRequest, ...]
    contests: tuple[Contest, ...]
    decisions: tuple[Decided, ...]
    erased: Erased | None

    @property
    def latest(self) -> DossierView | None:
        """The dossier as it stands."""
        return self.versions[0] if self.versions else None


def report(reader: Reader, cpf: str) -> PersonReport:
    """What is held about a CPF, also where that is nothing. Raises InvalidInput, and Unreadable."""
    deciding.require(reader, May.SERVE_PERSONS)
    people = dossiers.keyed_hashes(cpf)
    erased = orchestrated.find_erasure(cpf)
    dossier_id = dossiers.id_of(cpf)
    versions = _versions(dossier_id) if dossier_id is not None else ()
    told = PersonReport(
        cpf=dossiers.normalised(cpf),
        made_at=now(),
        dossier_id=dossier_id,
        versions=versions,
        asks=tuple(dossiers.asks(dossier_id)) if dossier_id is not None else (),
        looks=tuple(auditing.of_person(people, dossier_id, localdate() - timedelta(days=LOOKS_DAYS))),
        requests=tuple(_requests_of(people, dossier_id)),
        contests=tuple(Contest.objects.filter(dossier_id=dossier_id).order_by("-pk")) if dossier_id else (),
        decisions=dossiers.decisions(dossier_id) if dossier_id is not None else (),
        erased=erased,
    )
    amount = sum(view.amount for view in versions)
    record.add(reader, _of(Action.REPORT, people[0], dossier_id, Verdict.SHOWN, amount=amount))
    return told


def _requests_of(people: Sequence[bytes], dossier_id: int | None) -> QuerySet[PersonRequest]:
    """By the hashes, and by the dossier's number too: a key of theirs may have been retired since."""
    of_person = Q(person__in=people) | (Q() if dossier_id is None else Q(dossier_id=dossier_id))
    return PersonRequest.objects.filter(of_person).order_by("-received_on", "-pk")


def _versions(dossier_id: int) -> tuple[DossierView, ...]:
    kept = [version.number for version in dossiers.versions(dossier_id)]
    return tuple(dossiers.load(dossier_id, number) for number in kept)


def take_in(reader: Reader, cpf: str, kind: str, *, received_on: date, note: str = "") -> PersonRequest:
    """Writes down what a person asked of us, and when it is due. Raises InvalidInput."""
    deciding.require(reader, May.SERVE_PERSONS)
    of = PersonRequest.Kind(kind)
    return PersonRequest.objects.create(
        kind=of,
        person=dossiers.keyed_hash(cpf),
        dossier_id=dossiers.id_of(cpf),
        received_on=received_on,
        due_on=received_on + timedelta(days=DUE_DAYS[of]),
        note=note,
        by=reader.owner,
    )


@transaction.atomic
def answered(reader: Reader, request_id: int, *, answer: str) -> None:
    """Closes a request: what was done, or why it was refused. Raises NotFound where none is open.

    What the person contests is resolved by that, by a correction or by saying why there is none: the versions
    of before stay marked, and who was told of the contest is told of this too.
    """
    deciding.require(reader, May.SERVE_PERSONS)
    request = _open_request(request_id)
    PersonRequest.objects.filter(pk=request_id).update(done_at=Now(), answer=answer, done_by=reader.owner)
    if contested := Contest.objects.filter(request=request, resolved_at=None).first():
        latest = dossiers.latest_version(contested.dossier_id)
        Contest.objects.filter(pk=contested.pk).update(resolved_at=Now(), last_version=latest)
        _tell_readers(contested, resolved=True)
        record.add(reader, _contesting(request, detail="resolved"))


def register(reader: Reader, *, only_open: bool = True, at_most: int = 200) -> list[PersonRequest]:
    """What persons asked of us, what is due first on top."""
    deciding.require(reader, May.SERVE_PERSONS)
    chosen = PersonRequest.objects.select_related("contest")
    if only_open:
        return list(chosen.filter(done_at=None).order_by("due_on", "pk")[:at_most])
    return list(chosen.order_by("-pk")[:at_most])


@transaction.atomic
def contest(reader: Reader, request_id: int, what: str) -> None:
    """Marks a datum as contested, in all versions until it is resolved, and tells who looked at them lately.

    Raises NotFound where no open request of that kind waits for it, or nothing is kept of the person.
    """
    deciding.require(reader, May.SERVE_PERSONS)
    request = _open_request(request_id)
    waits = (
        request.kind == PersonRequest.Kind.CONTEST and not Contest.objects.filter(request=request).exists()
    )
    if not waits or request.dossier_id is None:
        raise NotFound("Nothing waits to be contested there.")
    marked = Contest.objects.create(
        request=request, dossier_id=request.dossier_id, what=what, first_version=1, last_version=None
    )
    _tell_readers(marked, resolved=False)
    record.add(reader, _contesting(request))


def _open_request(request_id: int) -> PersonRequest:
    """Locked: of two who answer or mark at once, the second finds what the first has done."""
    found = PersonRequest.objects.select_for_update().filter(pk=request_id, done_at=None).first()
    if found is None:
        raise NotFound("There is no such open request.")
    return found


def _contesting(request: PersonRequest, detail: str = "") -> AccessEntry:
    person = bytes(request.person)
    return _of(Action.CONTEST, person, request.dossier_id, Verdict.DONE, detail=detail)


def correct(reader: Reader, cpf: str) -> Accepted:
    """A fresh build, past every kept copy: what a source has corrected is corrected here.

    Raises NotFound where nothing is kept of the person, and Unreadable of who is erased: to serve somebody's
    rights makes no dossier of them. Else as `orchestrator.dossiers.renew`.
    """
    deciding.require(reader, May.SERVE_PERSONS)
    person, dossier_id = dossiers.keyed_hash(cpf), dossiers.id_of(cpf)
    if dossier_id is None:
        raise NotFound("Nothing is kept of this person.")
    accepted = dossiers.renew(dossier_id, purpose=Purpose.DATA_SUBJECT_REQUEST, owner=reader.owner)
    record.add(reader, _of(Action.ASK, person, dossier_id, Verdict.DONE))
    return accepted


def erase(reader: Reader, cpf: str, *, reason: str) -> Erased:
    """Erases a person, as `orchestrator.persons.erase`; recorded before it is begun and when it is done."""
    deciding.require(reader, May.SERVE_PERSONS)
    person, dossier_id = dossiers.keyed_hash(cpf), dossiers.id_of(cpf)
    record.add(reader, _of(Action.ERASE, person, dossier_id, Verdict.DONE, detail="begun"))
    erased = orchestrated.erase(cpf, reason=reason, owner=reader.owner)
    Following.objects.filter(dossier_id=erased.dossier_id).delete()
    amount = erased.removed.get("versions", 0)
    record.add(reader, _of(Action.ERASE, person, erased.dossier_id, Verdict.DONE, amount=amount))
    return erased


def notices(reader: Reader) -> list[Notice]:
    """What this reader is yet to be told of contests, the newest first."""
    unseen = Notice.objects.filter(owner=reader.owner, seen_at=None)
    return list(unseen.select_related("contest").order_by("-pk"))


def seen(reader: Reader, notice_id: int) -> None:
    """The reader knows. Safe to run twice."""
    Notice.objects.filter(pk=notice_id, owner=reader.owner, seen_at=None).update(seen_at=Now())


def _tell_readers(of: Contest, *, resolved: bool) -> None:
    """Files that were taken away name people by the hash of that time: by the request's, or by today's."""
    people = [bytes(of.request.person), dossiers.hash_of(of.dossier_id)]
    owners = auditing.readers_of(of.dossier_id, people, now() - timedelta(days=LOOKS_DAYS))
    told = [Notice(contest=of, owner=owner, resolved=resolved) for owner in owners]
    Notice.objects.bulk_create(told, ignore_conflicts=True)


def _of(
    action: Action,
    person: bytes,
    dossier_id: int | None,
    outcome: Verdict,
    *,
    amount: int = 0,
    detail: str = "",
) -> AccessEntry:
    return AccessEntry(
        action=action,
        outcome=outcome,
        purpose=Purpose.DATA_SUBJECT_REQUEST,
        dossier_id=dossier_id,
        person=person,
        amount=amount,
        detail=detail,
    )
