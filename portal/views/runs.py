"""Runs over many dossiers: starting one, following it, steering it."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestrator.errors import InvalidInput, NothingToRetry
from orchestrator.records.runs import ListAccepted, NoGoodRow
from portal.access import deciding, dossiers, runs
from portal.access.desk import following
from portal.access.readers import Reader, of_user
from portal.access.roles import May
from portal.exports import files
from portal.forms import ListForm, require_one_file
from portal.presenting import declarations, words
from portal.presenting.runs import run_details, run_people
from portal.presenting.runs.run_pages import (
    SHOWN_AT_MOST,
    Report,
    lasted,
    lines,
    rejected,
    title,
)
from portal.signing.recent import require_recent
from portal.views.guard import LAST_PURPOSE, HtmxRequest, Page, allowed, number, polled

A_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(May.RUN, May.SEE_PROGRESS)
def index(request: HtmxRequest) -> HttpResponse:
    """The form for a list, and the runs, newest first."""
    form = ListForm(
        request.POST or None, request.FILES or None, initial={"purpose": request.session.get(LAST_PURPOSE)}
    )
    reader = of_user(request)
    refused: NoGoodRow | None = None
    if form.is_valid():
        deciding.require(reader, May.RUN)
        try:
            require_one_file(request.FILES)
            started = _start(reader, form.cleaned_data)
        except InvalidInput as error:
            form.refuse(error)
            refused = error if isinstance(error, NoGoodRow) else None
        else:
            request.session[LAST_PURPOSE] = form.cleaned_data["purpose"]
            if started.existing:
                messages.info(request, _("Esta lista já foi enviada há pouco: é esta a consulta."))
            return redirect("run", started.run_id)
    before = number(request, "before", digits=18)
    told = runs.latest(reader, A_PAGE, before)
    shown = lines(told, run_details.owner_names(run.owner for run in told), runs.file_names(reader, told))
    context = {
        "lines": shown,
        "before": before,
        "older": told[-1].id if len(told) == A_PAGE else None,
        "moves": any(not line.finished for line in shown),
        "form": form if reader.may(May.RUN) else None,
        "rejected": rejected(refused.rejected) if refused else (),
        "rejected_number": refused.number if refused else 0,
    }
    return polled(request, shown, page="portal/runs.html", part="portal/run_list.html", context=context)


def _start(reader: Reader, given: Mapping[str, Any]) -> ListAccepted:
    """The run of a list; the one that there is where the same list was sent a short while ago."""
    inputs = dict(given)
    purpose, name = inputs.pop("purpose"), inputs["file"].name
    return runs.start_list(reader, runs.read_list(reader, **inputs), purpose=purpose, file_name=name)


@require_GET
@allowed(May.RUN)
def everybody(request: HttpRequest) -> HttpResponse:
    """The question before everybody is renewed: how many that is, and how long it may take."""
    known, last = runs.known_people(of_user(request)), runs.last_renewal()
    lately = runs.latest(of_user(request))
    context = {
        "known": known,
        "last": last,
        "lasted": lasted(last) if last else "",
        "likely": run_details.renewal_time(last, known),
        "active": next((run for run in lately if run.kind == "nightly" and not run.finished), None),
    }
    return render(request, "portal/everybody.html", context)


@require_POST
@allowed(May.RUN)
def refresh(request: HttpRequest) -> HttpResponse:
    """Starts a run over everybody, or goes to the one that is under way."""
    newest = runs.latest(of_user(request), 1)
    run_id = runs.refresh(of_user(request))
    if newest and run_id <= newest[0].id:
        messages.info(request, _("Já havia uma atualização de todos em andamento: é esta."))
    return redirect("run", run_id)


@require_GET
@allowed(May.RUN, May.SEE_PROGRESS)
def run(request: HtmxRequest, run_id: int) -> HttpResponse:
    """How a run gets on. `seen` is the state that the asking page shows: where it is another by now,
    the poll brings what can be done with the run too.
    """
    reader = of_user(request)
    status = runs.status(reader, run_id)
    has_details = runs.sees_members(reader, status) and not status.forgotten_at
    lacks = status.totals.lacking and has_details
    failing = runs.members(reader, run_id, only_failed=True) if lacks else iter(())
    report = Report.of(status, islice(failing, SHOWN_AT_MOST), dossiers.sources())
    context = {
        "status": status,
        "report": report,
        "title": title(status),
        "lasted": lasted(status),
        "seen": request.GET.get("seen"),
        "may_steer": runs.steers(reader, status),
        "may_retry": runs.retries(reader, status),
        "may_take_away": runs.takes_away(reader, status),
        "may_follow": following.may_follow(reader, status),
        "follows": following.follows_run(reader, run_id),
    }
    if not request.htmx:
        bad_rows = runs.rejected_lines(reader, run_id) if has_details else ()
        context |= {
            "owner": run_details.owner_names([status.owner])[status.owner],
            "file": runs.file_names(reader, [status]).get(run_id),
            "rejected_number": status.rows.duplicates + status.rows.rejected if status.rows else 0,
            "rejected": rejected(islice(bad_rows, SHOWN_AT_MOST)),
        }
    return polled(request, report, page="portal/run.html", part="portal/run_report.html", context=context)


@require_GET
@allowed(May.RUN)
def people(request: HttpRequest, run_id: int) -> HttpResponse:
    """Who was built, by name, some at a time: all, or those that ended in one way."""
    reader, outcome = of_user(request), request.GET.get("outcome", "")
    status = runs.status(reader, run_id)
    if outcome not in run_people.numbers(status):
        raise Http404
    page = max(number(request, "page", digits=6) or 1, 1)
    skip = (page - 1) * run_people.A_PAGE
    found = runs.people(reader, run_id, outcome=outcome, skip=skip, count=run_people.A_PAGE)
    labels = declarations.labels(dossiers.sources())
    shown = run_people.PeoplePage.of(status, found, labels, outcome=outcome, page=page)
    context = {"status": status, "title": title(status), "shown": shown}
    return render(request, "portal/run_people.html", context)


@require_POST
@allowed(May.RUN)
def retry(request: HttpRequest, run_id: int) -> HttpResponse:
    """Starts a run over what failed in this one."""
    try:
        return redirect("run", runs.retry_failed(of_user(request), run_id))
    except NothingToRetry as nothing:
        messages.info(request, words.NOTHING_TO_RETRY[nothing.code])
        return redirect("run", run_id)


@require_GET
@allowed(May.RUN)
def results(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    """What became of whom, as a file."""
    chosen = request.GET.get("format", "csv")
    if chosen not in files.FORMATS:
        raise Http404
    require_recent(request)
    return files.download(of_user(request), run_id, chosen, get_language(), for_eyes=True)


def _steering(steer: Callable[[Reader, int], None]) -> Page:
    def steered(request: HttpRequest, run_id: int) -> HttpResponse:
        steer(of_user(request), run_id)
        return redirect("run", run_id)

    return require_POST(allowed(May.RUN)(steered))


pause = _steering(runs.pause)
resume = _steering(runs.resume)
cancel = _steering(runs.cancel)
