"""How the sources do, for everyone who waits for them."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from portal.access import dossiers, runs
from portal.access.readers import of_user
from portal.access.roles import May
from portal.presenting.sources_page import CHOICES, Renewal, cards
from portal.views.guard import HtmxRequest, allowed, polled

USUAL_HOURS = 6


@require_GET
@allowed(May.SEE_SOURCES)
def sources(request: HtmxRequest) -> HttpResponse:
    """Each source's health during the last hours, and how everybody's renewal stands."""
    given = request.GET.get("hours", "")
    hours = next((choice for choice in CHOICES if str(choice) == given), USUAL_HOURS)
    reader = of_user(request)
    shown = cards(dossiers.source_health(reader, hours), dossiers.sources())
    renewal = Renewal.of(runs.last_renewal(), runs.last_night(), runs.under_way(reader))
    context = {"cards": shown, "renewal": renewal, "hours": hours, "choices": CHOICES}
    return polled(
        request, (renewal, shown), page="portal/sources.html", part="portal/health.html", context=context
    )
