"""The person's own rights, as a privacy officer serves them: what is held of them and who looked, a datum
that they contest, a fresh build, and erasure; and the register of what they asked for, with its legal dates.

Each function is for a reader who may SERVE_PERSONS; others get PermissionDenied. Whoever calls has the
person's CPF from the person: the register keeps a keyed hash alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils.timezone import localdate, now

from orchestrator import dossiers
from orchestrator import persons as orchestrated
from orchestrator.errors import NotFound
from orchestrator.records.dossiers import AskTold, DossierView
from orchestrator.records.persons import Erased
from orchestrator.records.requests import Accepted, Purpose
from portal.access import auditing, deciding, record
from portal.access.auditing import Line
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
    what the person asked of us, and their erasure, if they were erased."""

    cpf: str
    made_at: datetime
    dossier_id: int | None
    versions: tuple[DossierView, ...]
    asks: tuple[AskTold, ...]
    looks: tuple[Line, ...]
    requests: tuple[PersonRequest, ...]
    contests: tuple[Contest, ...]
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
        requests=tuple(PersonRequest.objects.filter(person__in=people).order_by("-received_on", "-pk")),
        contests=tuple(Contest.objects.filter(dossier_id=dossier_id).order_by("-pk")) if dossier_id else (),
        erased=erased,
    )
    amount = sum(view.amount for view in versions)
    record.add(reader, _of(Action.REPORT, people[0], dossier_id, Verdict.SHOWN, amount=amount))
    return told


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


def answered(reader: Reader, request_id: int, *, answer: str) -> None:
    """Closes a request: what was done, or why it was refused. Raises NotFound where none is open."""
    deciding.require(reader, May.SERVE_PERSONS)
    still_open = PersonRequest.objects.filter(pk=request_id, done_at=None)
    if not still_open.update(done_at=Now(), answer=answer, done_by=reader.owner):
        raise NotFound("There is no such open request.")


def register(reader: Reader, *, only_open: bool = True, at_most: int = 200) -> list[PersonRequest]:
    """What persons asked of us, what is due first on top."""
    deciding.require(reader, May.SERVE_PERSONS)
    chosen = PersonRequest.objects.select_related("contest")
    if only_open:
        return list(chosen.filter(done_at=None).order_by("due_on", "pk")[:at_most])
    return list(chosen.order_by("-pk")[:at_most])


@transaction.atomic
def contest(reader: Reader, request: PersonRequest, what: str) -> Contest:
    """Marks a datum as contested, in all versions until it is resolved, and tells who looked at them lately.

    Raises NotFound where nothing is kept of the person.
    """
    deciding.require(reader, May.SERVE_PERSONS)
    if request.dossier_id is None:
        raise NotFound("Nothing is kept of this person.")
    marked = Contest.objects.create(
        request=request, dossier_id=request.dossier_id, what=what, first_version=1, last_version=None
    )
    _tell_readers(marked, resolved=False)
    record.add(reader, _of(Action.CONTEST, bytes(request.person), request.dossier_id, Verdict.DONE))
    return marked


@transaction.atomic
def resolve(reader: Reader, contest_id: int, *, answer: str) -> None:
    """Ends a contest, by a correction or by saying why there is none, and tells who was told of it; the
    versions of before stay marked. Raises NotFound."""
    deciding.require(reader, May.SERVE_PERSONS)
    found = Contest.objects.select_for_update().filter(pk=contest_id, resolved_at=None).first()
    if found is None:
        raise NotFound("There is no such open contest.")
    latest = dossiers.latest_version(found.dossier_id)
    Contest.objects.filter(pk=contest_id).update(resolved_at=Now(), last_version=latest)
    _tell_readers(found, resolved=True)
    answered(reader, found.request_id, answer=answer)
    request = found.request
    record.add(
        reader,
        _of(Action.CONTEST, bytes(request.person), found.dossier_id, Verdict.DONE, detail="resolved"),
    )


def correct(reader: Reader, cpf: str) -> Accepted:
    """A fresh build, past every kept copy: what a source has corrected is corrected here. Raises as
    `orchestrator.dossiers.request`."""
    deciding.require(reader, May.SERVE_PERSONS)
    purpose = Purpose.DATA_SUBJECT_REQUEST
    accepted = dossiers.request(
        cpf=cpf, purpose=purpose, owner=reader.owner, fresh=True, allow_invalid_check_digits=True
    )
    person = dossiers.keyed_hash(cpf)
    record.add(reader, _of(Action.ASK, person, accepted.dossier_id, Verdict.DONE, purpose=purpose))
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
    since = now() - timedelta(days=LOOKS_DAYS)
    owners = auditing.readers_of(of.dossier_id, since)
    Notice.objects.bulk_create(_notices(of, owners, resolved=resolved), ignore_conflicts=True)


def _notices(of: Contest, owners: Iterable[str], *, resolved: bool) -> list[Notice]:
    return [Notice(contest=of, owner=owner, resolved=resolved) for owner in owners]


def _of(
    action: Action,
    person: bytes,
    dossier_id: int | None,
    outcome: Verdict,
    *,
    purpose: str = Purpose.DATA_SUBJECT_REQUEST,
    amount: int = 0,
    detail: str = "",
) -> AccessEntry:
    return AccessEntry(
        action=action,
        outcome=outcome,
        purpose=purpose,
        dossier_id=dossier_id,
        person=person,
        amount=amount,
        detail=detail,
    )
