"""The first page, and asking: for a dossier, for a newer one, again for what failed; what an ask would
bring."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from orchestrator.errors import Busy, InvalidInput, NothingToRetry
from orchestrator.records.conditions import Outlook
from portal.access import dossiers, persons
from portal.access.desk import asking, following
from portal.access.readers import of_user
from portal.access.roles import May
from portal.forms import AskForm, AsksForm, FindForm, PurposeForm
from portal.presenting import desk_page, outlooks, words
from portal.presenting.runs import run_details
from portal.views.guard import LAST_PURPOSE, allowed, number

MOST_PAGES = 999
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
    """The form for a dossier, which sources may fail just now, what needs the reader, and what they or their
    team asked for."""
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
            return redirect("wait", accepted.request_id)
    context = {
        "form": form,  # as it was filled in, to be sent again
        "busy": words.busy(refusal) if refusal else "",
        "cautions": outlooks.cautions(dossiers.outlook(of_user(request)), dossiers.sources()),
        "notices": persons.notices(of_user(request)),
        "follows": following.any_of(of_user(request)),
        "find": FindForm(auto_id="find_%s"),
        **_asks(request),
    }
    response = render(request, "portal/home.html", context, status=429 if refusal else 200)
    if refusal:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def _asks(request: HttpRequest) -> dict[str, Any]:
    """The lists of the first page, and by what the longer one is filtered."""
    reader, sources = of_user(request), dossiers.sources()
    wanted = AsksForm(request.GET, auto_id="wanted_%s")
    of_team = request.GET.get("whose") == "team" and asking.sees_team(reader)
    page = min(max(number(request, "page", digits=3) or 1, 1), MOST_PAGES)
    lines, more = asking.asks(reader, wanted.chosen(of_team=of_team, page=page))
    owners = run_details.owner_names(line.ask.owner for line in lines) if of_team else None
    filters = {name: given for name, given in wanted.cleaned_data.items() if given}
    return {
        "wanted": wanted,
        "filtered": bool(filters),
        "query": urlencode({**filters, "whose": "team"} if of_team else filters),
        "sees_team": asking.sees_team(reader),
        "of_team": of_team,
        "asks": desk_page.rows(lines, sources, owners),
        "needing": desk_page.rows(asking.needing(reader), sources),
        "newer": page - 1,
        "older": page + 1 if more else None,
    }


@require_POST
@allowed(May.ASK)
def seen(request: HttpRequest, notice_id: int) -> HttpResponse:
    """A notice that the reader has read."""
    persons.seen(of_user(request), notice_id)
    return redirect("home")


@require_POST
@allowed(May.ASK)
def outlook(request: HttpRequest) -> HttpResponse:
    """What an ask for the typed CPF would bring; nothing while it would be refused."""
    cpf = request.POST.get("cpf", "")
    told: tuple[Outlook, ...] = ()
    with suppress(InvalidInput):
        allowed_all = "allow_invalid_check_digits" in request.POST
        told = dossiers.outlook(of_user(request), cpf, any_check_digits=allowed_all) if cpf else ()
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
    return redirect("wait", accepted.request_id)


@require_POST
@allowed(May.ASK)
def retry(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Asks again for what failed in a request, for its purpose."""
    try:
        return redirect("wait", dossiers.retry(of_user(request), request_id).request_id)
    except NothingToRetry as nothing:
        messages.info(request, words.NOTHING_TO_RETRY[nothing.code])
        return redirect("dossier", dossiers.status(of_user(request), request_id).dossier_id)
