"""How the sources do, for everyone who waits for them."""

import hashlib
import json

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from orchestrator import dossiers
from portal.sources import CHOICES, Card, cards
from portal.views.guard import HtmxRequest, for_analysts

USUAL_HOURS = 6


@require_GET
@for_analysts
def sources(request: HtmxRequest) -> HttpResponse:
    """Each source's health during the last hours. A poll is answered only where something moved."""
    hours = _hours(request)
    shown = cards(dossiers.source_health(hours), dossiers.sources())
    etag = _etag(shown)
    if request.htmx and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    context = {
        "cards": shown,
        "hours": hours,
        "choices": CHOICES,
        "headers": json.dumps({"If-None-Match": etag}),
    }
    response = render(request, "portal/health.html" if request.htmx else "portal/sources.html", context)
    response["ETag"] = etag
    patch_vary_headers(response, ["HX-Request"])
    return response


def _hours(request: HtmxRequest) -> int:
    given = request.GET.get("hours", "")
    return next((hours for hours in CHOICES if str(hours) == given), USUAL_HOURS)


def _etag(shown: tuple[Card, ...]) -> str:
    """Moves whenever a card reads otherwise: a card holds its texts, in the page's language."""
    return f'"{hashlib.blake2b(repr(shown).encode(), digest_size=12).hexdigest()}"'
