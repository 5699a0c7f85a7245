"""What is decided by a version of a dossier, or noted on it: written and read for a reader who may see that
version, and recorded. The record names the version, never what was decided: it outlives an erasure."""

from django.db import transaction

from orchestrator import dossiers
from orchestrator.errors import NotFound
from orchestrator.records.decisions import Decided
from portal.access import deciding, record
from portal.access.readers import Reader
from portal.access.record import Action, Verdict
from portal.access.roles import May


def decide(reader: Reader, dossier_id: int, number: int, *, kind: str, text: str) -> Decided:
    """Writes down a decision, or a note, as `orchestrator.dossiers.decide`. Who may ask for dossiers may say
    what came of one; who may only read writes nothing."""
    deciding.require(reader, May.ASK)
    grant = deciding.dossier(reader, dossier_id, number, action=Action.DECIDE)
    missing = grant.entry(Action.DECIDE, Verdict.NOT_FOUND, version=number)
    with deciding.looking_for(reader, missing), transaction.atomic():
        made = dossiers.decide(dossier_id, number, kind=kind, text=text, owner=reader.owner)
        record.add(reader, grant.entry(Action.DECIDE, Verdict.DONE, version=number))
    return made


def of_version(reader: Reader, dossier_id: int, number: int) -> tuple[Decided, ...]:
    """What was decided by a version, the newest first. Raises NotFound."""
    grant = deciding.dossier(reader, dossier_id, number)
    with deciding.looking_for(reader, grant.entry(Action.LOOK, Verdict.NOT_FOUND, version=number)):
        if number not in {each.number for each in dossiers.versions(dossier_id)}:
            raise NotFound("There is no such version.")
    found = tuple(each for each in dossiers.decisions(dossier_id) if each.version == number)
    record.add(reader, grant.entry(Action.LOOK, version=number, amount=len(found)))
    return found


def of_dossier(reader: Reader, dossier_id: int) -> tuple[Decided, ...]:
    """What was decided by all versions that the reader may see, the newest first: for whoever shows the
    dossier, and has recorded that."""
    grant = deciding.dossier(reader, dossier_id)
    return tuple(each for each in dossiers.decisions(dossier_id) if grant.covers(each.version))
