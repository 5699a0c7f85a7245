"""How the sources do, for everyone who waits for them."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from orchestrator import dossiers
from portal.sources import CHOICES, cards
from portal.views.guard import HtmxRequest, for_analysts
from portal.views.polled import polled

USUAL_HOURS = 6


@require_GET
@for_analysts
def sources(request: HtmxRequest) -> HttpResponse:
    """Each source's health during the last hours."""
    hours = _hours(request)
    shown = cards(dossiers.source_health(hours), dossiers.sources())
    context = {"cards": shown, "hours": hours, "choices": CHOICES}
    return polled(request, shown, page="portal/sources.html", part="portal/health.html", context=context)


def _hours(request: HtmxRequest) -> int:
    given = request.GET.get("hours", "")
    return next((hours for hours in CHOICES if str(hours) == given), USUAL_HOURS)
