"""A request: waiting for it, how it went attempt by attempt, taking it back."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from orchestrator.errors import NotFound, Unreadable
from orchestrator.records.dossiers import Headline
from orchestrator.records.requests import RequestStatus
from portal.access import dossiers
from portal.access.dossiers import status_etag
from portal.access.readers import of_user
from portal.access.roles import May
from portal.presenting import wait_page
from portal.presenting.wait_page import Arrived
from portal.views.guard import HtmxRequest, allowed


@require_GET
@allowed(May.ASK)
def wait(request: HtmxRequest, request_id: UUID) -> HttpResponse:
    """How a request gets on; goes to the dossier by itself once there is one to show."""
    current = dossiers.status(of_user(request), request_id)
    if current.state in ("complete", "partial"):
        return _to_dossier(request, current)
    etag = f'"{get_language()}-{status_etag(current).strip(chr(34))}"'
    if request.htmx and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    shown = wait_page.RequestProgress.of(current, dossiers.sources(), etag)
    context = {"progress": shown, "status": current, "now": now(), "arrived": _arrived(request, current)}
    if request.htmx:
        response = render(request, "portal/progress.html", context)
    else:
        response = render(request, "portal/wait.html", {**context, "dossier": _headline(request, current)})
    response["ETag"] = etag
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@allowed(May.ASK)
def attempts(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """A request and every call that it made, whether it goes on or has ended."""
    current = dossiers.status(of_user(request), request_id)
    context = {
        "status": current,
        "progress": wait_page.RequestProgress.of(current, dossiers.sources()),
        "dossier": _headline(request, current),
    }
    return render(request, "portal/attempts.html", context)


@require_POST
@allowed(May.ASK)
def cancel(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Takes the analyst's own ask back; the wait page then says so."""
    dossiers.cancel(of_user(request), request_id)
    return redirect("wait", request_id)


def _headline(request: HttpRequest, current: RequestStatus) -> Headline | None:
    """Who a request is about; None where that cannot be read: how it went can be, all the same."""
    with suppress(Unreadable, NotFound):
        return dossiers.headline(of_user(request), current.dossier_id)
    return None


def _arrived(request: HttpRequest, current: RequestStatus) -> Arrived | None:
    """What has come while the rest is waited for; None without anything, and for who may not read it. It
    moves with the sources' states, and so with the status' ETag."""
    reader = of_user(request)
    if current.finished or not reader.may(May.READ) or not any(each.answered for each in current.sources):
        return None
    with suppress(Unreadable, NotFound):
        view = dossiers.arrived(reader, current.request_id)
        return Arrived.of(view, dossiers.sources()) if view.blocks else None
    return None


def _to_dossier(request: HtmxRequest, finished: RequestStatus) -> HttpResponse:
    if finished.state == "partial":
        messages.warning(request, _("Consulta parcial: nem todas as fontes responderam. Veja abaixo quais."))
    elif finished.outcome == "unchanged":
        messages.success(request, _("Consulta concluída: nada mudou desde a última versão."))
    else:
        messages.success(request, _("Consulta concluída: nova versão do dossiê."))
    to_dossier = redirect("dossier", finished.dossier_id)
    return HttpResponseClientRedirect(to_dossier.url) if request.htmx else to_dossier
