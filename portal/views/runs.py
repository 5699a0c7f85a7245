"""Runs over many dossiers: starting one, following it, steering it."""

from collections.abc import Callable
from itertools import islice

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orchestrator import dossiers, runs
from orchestrator.errors import InvalidInput, NothingToRetry
from orchestrator.records.runs import NoGoodRow
from portal.exports import files
from portal.forms import ListForm, require_one_file
from portal.presenting import run_details, words
from portal.presenting.run_pages import (
    SHOWN_AT_MOST,
    Report,
    lasted,
    lines,
    rejected,
    title,
)
from portal.signing.recent import require_recent
from portal.views.guard import LAST_PURPOSE, HtmxRequest, Page, for_analysts, number, owner, polled

A_PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@for_analysts
def index(request: HtmxRequest) -> HttpResponse:
    """The form for a list, and the runs, newest first."""
    form = ListForm(
        request.POST or None, request.FILES or None, initial={"purpose": request.session.get(LAST_PURPOSE)}
    )
    refused: NoGoodRow | None = None
    if form.is_valid():
        try:
            require_one_file(request.FILES)
            run_id = runs.upload(**form.cleaned_data, owner=owner(request))
        except InvalidInput as error:
            form.refuse(error)
            refused = error if isinstance(error, NoGoodRow) else None
        else:
            request.session[LAST_PURPOSE] = form.cleaned_data["purpose"]
            return redirect("run", run_id)
    before = number(request, "before", digits=18)
    told = runs.latest(A_PAGE, before)
    shown = lines(told, run_details.owner_names(run.owner for run in told))
    context = {
        "lines": shown,
        "before": before,
        "older": told[-1].id if len(told) == A_PAGE else None,
        "moves": any(not line.finished for line in shown),
        "form": form,
        "rejected": rejected(refused.rejected) if refused else (),
        "rejected_number": refused.number if refused else 0,
    }
    return polled(request, shown, page="portal/runs.html", part="portal/run_list.html", context=context)


@require_POST
@for_analysts
def refresh(request: HttpRequest) -> HttpResponse:
    """Starts a run over everybody, or goes to the one that is under way."""
    newest = runs.latest(1)
    run_id = runs.refresh(owner=owner(request))
    if newest and run_id <= newest[0].id:
        messages.info(request, _("Já havia uma atualização de todos em andamento: é esta."))
    return redirect("run", run_id)


@require_GET
@for_analysts
def run(request: HtmxRequest, run_id: int) -> HttpResponse:
    """How a run gets on. `seen` is the state that the asking page shows: where it is another by now,
    the poll brings what can be done with the run too.
    """
    status = runs.status(run_id)
    lacks = status.totals.lacking and not status.forgotten_at
    failing = runs.members(run_id, only_failed=True) if lacks else iter(())
    report = Report.of(status, islice(failing, SHOWN_AT_MOST), dossiers.sources())
    context = {
        "status": status,
        "report": report,
        "title": title(status),
        "lasted": lasted(status),
        "seen": request.GET.get("seen"),
    }
    if not request.htmx:
        bad_rows = () if status.forgotten_at else runs.rejected_lines(run_id)
        context |= {
            "owner": run_details.owner_names([status.owner])[status.owner],
            "rejected_number": status.rows.duplicates + status.rows.rejected if status.rows else 0,
            "rejected": rejected(islice(bad_rows, SHOWN_AT_MOST)),
        }
    return polled(request, report, page="portal/run.html", part="portal/run_report.html", context=context)


@require_POST
@for_analysts
def retry(request: HttpRequest, run_id: int) -> HttpResponse:
    """Starts a run over what failed in this one."""
    try:
        return redirect("run", runs.retry_failed(run_id, owner=owner(request)))
    except NothingToRetry as nothing:
        messages.info(request, words.NOTHING_TO_RETRY[nothing.code])
        return redirect("run", run_id)


@require_GET
@for_analysts
def results(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    """What became of whom, as a file."""
    chosen = request.GET.get("format", "csv")
    if chosen not in files.FORMATS:
        raise Http404
    require_recent(request)
    return files.download(run_id, chosen, get_language())


def _steering(steer: Callable[[int], None]) -> Page:
    def steered(request: HttpRequest, run_id: int) -> HttpResponse:
        steer(run_id)
        return redirect("run", run_id)

    return require_POST(for_analysts(steered))


pause = _steering(runs.pause)
resume = _steering(runs.resume)
cancel = _steering(runs.cancel)
