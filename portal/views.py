"""The analyst's pages. No CPF ever appears in an address: people are found by POST."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from orchestrator import dossiers
from orchestrator.dossiers import Accepted, DossierView, InvalidInput, NotFound, RequestStatus
from portal import changes, progress, recent, sheet
from portal.forms import AskForm, PurposeForm

LAST_PURPOSE = "last_purpose"

Page = Callable[..., HttpResponse]


class HtmxRequest(HttpRequest):
    """A request as the htmx middleware leaves it."""

    htmx: HtmxDetails


def for_analysts(page: Page) -> Page:
    """Asks for a login first, keeps the page out of every cache, and turns NotFound into a 404."""

    @wraps(page)
    def guarded(request: HtmxRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_login(request)
        try:
            response = page(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        patch_cache_control(response, private=True, no_store=True)
        return response

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@for_analysts
def home(request: HttpRequest) -> HttpResponse:
    """The form for a dossier, and what this session asked for lately."""
    form = AskForm(request.POST or None, initial={"purpose": request.session.get(LAST_PURPOSE)})
    if form.is_valid():
        try:
            return _accepted(request, dossiers.request(**form.cleaned_data, owner=_owner(request)))
        except InvalidInput as error:
            form.refuse(error)
    return render(
        request, "portal/home.html", {"form": form, "recents": list(recent.recents(request.session))}
    )


@require_GET
@for_analysts
def wait(request: HtmxRequest, request_id: UUID) -> HttpResponse:
    """How a request gets on; goes to the dossier by itself once there is one to show."""
    current = dossiers.status(request_id)
    if current.state in ("complete", "partial"):
        return _to_dossier(request, current)
    etag = f'"{get_language()}-{dossiers.status_etag(current).strip(chr(34))}"'
    if request.htmx and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    template = "portal/progress.html" if request.htmx else "portal/wait.html"
    shown = progress.Progress.of(current, dossiers.sources(), etag)
    response = render(request, template, {"progress": shown, "status": current})
    response["ETag"] = etag
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@for_analysts
def cancel(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Takes the analyst's own ask back; the wait page then says so."""
    dossiers.cancel(request_id, owner=_owner(request))
    return redirect("wait", request_id)


@require_GET
@for_analysts
def dossier(request: HttpRequest, dossier_id: int, number: int | None = None) -> HttpResponse:
    """A dossier as it stands now, or as it stood at a version."""
    view, sources = dossiers.load(dossier_id, number), dossiers.sources()
    context = {
        "dossier": view,
        "person": sheet.person(view, sources),
        "standings": sheet.standings(view, sources).values(),
        "tables": sheet.tables(view, sources),
        "disagreements": sheet.disagreements(view, sources),
        "nobody": _is_known_nowhere(view),
        "versions": dossiers.versions(dossier_id),
        "form": PurposeForm(initial={"purpose": request.session.get(LAST_PURPOSE)}),
    }
    return render(request, "portal/dossier.html", context)


@require_POST
@for_analysts
def update(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Asks again for a dossier that exists, past every cached copy."""
    form = PurposeForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["purpose"][0]))
        return redirect("dossier", dossier_id)
    accepted = dossiers.request(
        cpf=dossiers.load(dossier_id).cpf,
        purpose=form.cleaned_data["purpose"],
        owner=_owner(request),
        fresh=True,
        allow_invalid_check_digits=True,  # who asked first answered for it
    )
    return _accepted(request, accepted)


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


def _accepted(request: HttpRequest, accepted: Accepted) -> HttpResponse:
    recent.remember(request.session, accepted.request_id)
    request.session[LAST_PURPOSE] = request.POST["purpose"]
    return redirect("wait", accepted.request_id)


def _to_dossier(request: HtmxRequest, finished: RequestStatus) -> HttpResponse:
    if finished.state == "partial":
        messages.warning(request, _("Consulta parcial: nem todas as fontes responderam. Veja abaixo quais."))
    elif finished.outcome == "unchanged":
        messages.success(request, _("Consulta concluída: nada mudou desde a última versão."))
    else:
        messages.success(request, _("Consulta concluída: nova versão do dossiê."))
    to_dossier = redirect("dossier", finished.dossier_id)
    return HttpResponseClientRedirect(to_dossier.url) if request.htmx else to_dossier


def _to_login(request: HtmxRequest) -> HttpResponse:
    if request.htmx:  # a poll whose session has ended: the whole page has to go to the login
        return HttpResponseClientRefresh()
    return redirect_to_login(request.get_full_path(), redirect_field_name=REDIRECT_FIELD_NAME)


def _is_known_nowhere(view: DossierView) -> bool:
    presences = {block.presence for block in view.blocks.values()}
    return presences == {dossiers.Presence.NOT_FOUND}


def _number(request: HttpRequest, name: str, default: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else default


def _owner(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"
