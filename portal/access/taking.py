"""One version of a dossier, to be taken away in a file: decided, and recorded as an export."""

from dataclasses import dataclass, replace

from orchestrator import dossiers
from orchestrator.records.dossiers import DossierView
from portal.access import contests, deciding, record
from portal.access.readers import Reader
from portal.access.record import Action, Verdict


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A version that a reader takes away, what they had asked for it for ("": they only follow it, or may
    read all), and why they may: own, team, all."""

    view: DossierView
    purpose: str
    basis: str


def version(reader: Reader, dossier_id: int, number: int, *, file_format: str) -> Taken:
    """A version that the reader may see. Raises PermissionDenied for want of a role or a scope, and NotFound
    for what does not exist or is not theirs, which is recorded too."""
    grant = deciding.dossier(reader, dossier_id, number, action=Action.EXPORT)
    with deciding.looking_for(reader, grant.entry(Action.EXPORT, Verdict.NOT_FOUND, version=number)):
        (view,) = contests.marked([dossiers.load(dossier_id, number)])
    entry = grant.entry(Action.EXPORT, version=view.version, amount=view.amount)
    record.add(reader, replace(entry, detail=file_format))
    return Taken(view=view, purpose=grant.purpose, basis=grant.basis)
