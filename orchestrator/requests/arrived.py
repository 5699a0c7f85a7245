"""What the sources of a request have brought while it goes on: parked in its fetches, and no version yet."""

from uuid import UUID

from orchestrator import content
from orchestrator.clients.registry import by_name
from orchestrator.errors import NotFound
from orchestrator.models import DossierRequest
from orchestrator.records.dossiers import DossierView
from orchestrator.requests import building
from orchestrator.versions import reading
from orchestrator.versions.carrying import Brought


def blocks(request_id: UUID) -> DossierView:
    """The dossier of a request with the blocks that have come for it, and no version; without blocks once
    the request has ended, for then they are saved, or let go of. Raises NotFound and Unreadable."""
    asks = DossierRequest.objects.select_related("build__dossier")
    try:
        ask = asks.get(pk=request_id)
    except DossierRequest.DoesNotExist:
        raise NotFound("There is no such request.") from None
    is_over = ask.cancelled_at is not None or ask.build.finished_at is not None
    parked = ask.build.fetches.none() if is_over else ask.build.fetches.exclude(payload_sealed=None)
    came = {row.source: brought for row in parked if isinstance(brought := building.tried(row), Brought)}
    declared = by_name()
    order = [name for name in declared if name in came]
    return reading.unsaved(
        ask.build.dossier,
        {name: content.decode(declared[name], came[name].block or {}) for name in order},
        {name: came[name].provenance for name in order},
    )
