"""What an ask would meet at each source, told before it is made."""

from orchestrator import cache
from orchestrator.clients import gates, health
from orchestrator.clients.registry import SOURCES
from orchestrator.models import Dossier
from orchestrator.records.conditions import Outlook
from orchestrator.records.dossiers import Provenance
from orchestrator.records.sources import Source
from orchestrator.sealing import envelopes
from orchestrator.sealing.cpf import normalised
from orchestrator.versions import snapshots


def outlook(cpf: str | None = None) -> tuple[Outlook, ...]:
    """What an ask would meet at each source; with a CPF also which copies and blocks there are of it.

    Raises InvalidInput where the CPF is not 11 digits; check digits do not matter here.
    """
    digits = normalised(cpf) if cpf else None
    standing = _standing(digits) if digits else {}
    lately = health.failures_lately()
    return tuple(_outlook(source, lately, digits, standing.get(source.name)) for source in SOURCES)


def _outlook(
    source: Source, lately: dict[str, float], cpf: str | None, standing: Provenance | None
) -> Outlook:
    gate = gates.gate(source.name)
    standing_at = standing.fetched_at if standing else None
    copy = cache.copy_of(source, cpf, standing_since=standing_at) if cpf else None
    return Outlook(
        source=source.name,
        gate=gate,
        is_degraded=health.is_degraded(gate, lately.get(source.name, 0.0)),
        copy_at=copy[1] if copy else None,
        standing_at=standing_at,
    )


def _standing(cpf: str) -> dict[str, Provenance]:
    dossier = Dossier.objects.filter(cpf_lookup=envelopes.lookup(cpf)).first()
    return snapshots.provenance_of(dossier.provenance) if dossier else {}
