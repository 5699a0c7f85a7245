"""A dossier as it stands or stood, and what changed between two versions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from orchestrator import dossiers
from orchestrator.dossiers import DossierView, RequestStatus
from portal import changes, sheet
from portal.forms import PurposeForm
from portal.views.asks import LAST_PURPOSE
from portal.views.guard import for_analysts


@require_GET
@for_analysts
def dossier(request: HttpRequest, dossier_id: int, number: int | None = None) -> HttpResponse:
    """A dossier as it stands now, or as it stood at a version."""
    view, sources = dossiers.load(dossier_id, number), dossiers.sources()
    standings = sheet.standings(view, sources).values()
    context = {
        "dossier": view,
        "person": sheet.person(view, sources),
        "standings": standings,
        "lacking": any(standing.carried or standing.missing for standing in standings),
        "tables": sheet.tables(view, sources),
        "disagreements": sheet.disagreements(view, sources),
        "nobody": _is_known_nowhere(view),
        "versions": dossiers.versions(dossier_id),
        "last_request": _last_request(dossier_id),
        "form": PurposeForm(initial={"purpose": request.session.get(LAST_PURPOSE)}),
    }
    return render(request, "portal/dossier.html", context)


@require_GET
@for_analysts
def diff(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """What changed between two versions; the last two unless told."""
    history = dossiers.versions(dossier_id)
    numbers = [version.number for version in history]
    newest = numbers[0] if numbers else 1
    later = _number(request, "to", newest)
    earlier = _number(request, "from", max(later - 1, 1))
    context = {
        "dossier": dossiers.load(dossier_id),
        "versions": history,
        "earlier": earlier,
        "later": later,
        "changes": changes.Changes.of(dossiers.diff(dossier_id, earlier, later), dossiers.sources()),
    }
    return render(request, "portal/diff.html", context)


def _last_request(dossier_id: int) -> RequestStatus | None:
    request_id = dossiers.latest_request(dossier_id)
    return dossiers.status(request_id) if request_id else None


def _is_known_nowhere(view: DossierView) -> bool:
    presences = {block.presence for block in view.blocks.values()}
    return presences == {dossiers.Presence.NOT_FOUND}


def _number(request: HttpRequest, name: str, default: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else default
