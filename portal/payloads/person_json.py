"""A person's report as JSON, to be taken elsewhere (LGPD art. 18 V): all versions, asks and looks."""

from collections.abc import Iterable

from orchestrator.records.persons import Erased
from orchestrator.records.sources import Source
from portal.access.persons import PersonReport
from portal.payloads import dossier_json
from portal.payloads.dossier_json import Json, value


def report(told: PersonReport, sources: Iterable[Source]) -> Json:
    """All that is held about a CPF."""
    sources = tuple(sources)
    return {
        "cpf": told.cpf,
        "made_at": value(told.made_at),
        "dossier_id": told.dossier_id,
        "versions": [dossier_json.dossier(view, sources) for view in told.versions],
        "asks": [
            {"at": value(ask.at), "purpose": ask.purpose, "by": ask.owner, "run_id": ask.run_id}
            for ask in told.asks
        ],
        "accesses": [
            {
                "at": value(look.at),
                "by": look.actor,
                "action": look.action,
                "purpose": look.purpose,
                "version": look.version,
                "run_id": look.run_id,
            }
            for look in told.looks
        ],
        "requests": [
            {
                "kind": each.kind,
                "received_on": value(each.received_on),
                "due_on": value(each.due_on),
                "done_at": value(each.done_at),
                "answer": each.answer,
            }
            for each in told.requests
        ],
        "contests": [
            {"what": each.what, "since": value(each.since), "resolved_at": value(each.resolved_at)}
            for each in told.contests
        ],
        "decisions": [dossier_json.decision(each) for each in told.decisions],
        "erased": _erased(told.erased) if told.erased else None,
    }


def _erased(told: Erased) -> Json:
    return {
        "at": value(told.erased_at),
        "reason": told.reason,
        "removed": dict(told.removed),
        "stands": [
            {"kind": each.kind, "number": each.number, "until": value(each.until), "why": each.why}
            for each in told.stands
        ],
    }
