"""Asking: for a dossier, for a newer one, again for what failed; what an ask would bring, and the asks that a
session made lately: ids only."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from orchestrator.errors import Busy, InvalidInput, NotFound, NothingToRetry, Unreadable
from orchestrator.records.conditions import Outlook
from orchestrator.records.dossiers import Headline
from orchestrator.records.requests import Accepted, RequestStatus
from portal.access import dossiers, persons
from portal.access.readers import Reader, of_user
from portal.access.roles import May
from portal.forms import AskForm, PurposeForm
from portal.presenting import outlooks, words
from portal.views.guard import LAST_PURPOSE, allowed

RECENTS = "recent_requests"
RECENTS_KEPT = 8
# Of who does not ask.
FIRST_PAGES = {
    May.READ_RECORD: "record",
    May.SEE_PROGRESS: "runs",
    May.SERVE_PERSONS: "persons",
    May.MANAGE_PEOPLE: "admin:index",
}


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(*May)
def start(request: HttpRequest) -> HttpResponse:
    """The first page of whoever logs in: where a dossier is asked for, or else what their roles are for."""
    reader = of_user(request)
    if reader.may(May.ASK):
        return home(request)
    return redirect(next(page for may, page in FIRST_PAGES.items() if reader.may(may)))


def home(request: HttpRequest) -> HttpResponse:
    """The form for a dossier, which sources may fail just now, and what this session asked for lately."""
    form = AskForm(request.POST or None, initial={"purpose": request.session.get(LAST_PURPOSE)})
    refusal: Busy | None = None
    if form.is_valid():
        try:
            accepted = dossiers.request(of_user(request), **form.cleaned_data)
        except InvalidInput as error:
            form.refuse(error)
        except Busy as busy:
            refusal = busy
        else:
            request.session[LAST_PURPOSE] = form.cleaned_data["purpose"]
            return _followed(request, accepted)
    context = {
        "form": form,  # as it was filled in, to be sent again
        "busy": words.busy(refusal) if refusal else "",
        "cautions": outlooks.cautions(dossiers.outlook(of_user(request)), dossiers.sources()),
        "notices": persons.notices(of_user(request)),
        "recents": list(recents(of_user(request), request.session)),
    }
    response = render(request, "portal/home.html", context, status=429 if refusal else 200)
    if refusal:
        response["Retry-After"] = str(refusal.retry_after)
    return response


@require_POST
@allowed(May.ASK)
def seen(request: HttpRequest, notice_id: int) -> HttpResponse:
    """A notice that the reader has read."""
    persons.seen(of_user(request), notice_id)
    return redirect("home")


@require_POST
@allowed(May.ASK)
def outlook(request: HttpRequest) -> HttpResponse:
    """What an ask for the typed CPF would bring; nothing while it is not whole."""
    cpf = request.POST.get("cpf", "")
    told: tuple[Outlook, ...] = ()
    with suppress(InvalidInput):
        told = dossiers.outlook(of_user(request), cpf) if cpf else ()
    prospects = outlooks.prospects(told, dossiers.sources(), fresh="fresh" in request.POST)
    return render(request, "portal/outlook.html", {"prospects": prospects})


@require_POST
@allowed(May.ASK)
def update(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Asks again for a dossier that exists, past every cached copy."""
    form = PurposeForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["purpose"][0]))
        return redirect("dossier", dossier_id)
    purpose = form.cleaned_data["purpose"]
    accepted = dossiers.renew(of_user(request), dossier_id, purpose=purpose)
    request.session[LAST_PURPOSE] = purpose
    return _followed(request, accepted)


@require_POST
@allowed(May.ASK)
def retry(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Asks again for what failed in a request, for its purpose."""
    try:
        return _followed(request, dossiers.retry(of_user(request), request_id))
    except NothingToRetry as nothing:
        messages.info(request, words.NOTHING_TO_RETRY[nothing.code])
        return redirect("dossier", dossiers.status(of_user(request), request_id).dossier_id)


def _followed(request: HttpRequest, accepted: Accepted) -> HttpResponse:
    """Puts the ask on top of the session's list, and goes to where it is waited for."""
    session, asked = request.session, str(accepted.request_id)
    session[RECENTS] = [asked, *(seen for seen in session.get(RECENTS, []) if seen != asked)][:RECENTS_KEPT]
    return redirect("wait", accepted.request_id)


@dataclass(frozen=True, kw_only=True)
class Recent:
    """One of the session's requests, with the dossier it is about."""

    status: RequestStatus
    dossier: Headline


def recents(reader: Reader, session: SessionBase) -> Iterator[Recent]:
    """The session's requests whose dossiers the reader may still see, the newest first. One that they may see
    no more is let go: to look for it at each visit would count as guessing."""
    asked = session.get(RECENTS, [])
    for seen in asked:
        try:
            status = dossiers.status(reader, UUID(seen))
            yield Recent(status=status, dossier=dossiers.headline(reader, status.dossier_id))
        except NotFound:
            session[RECENTS] = [each for each in session[RECENTS] if each != seen]
        except Unreadable:
            continue
