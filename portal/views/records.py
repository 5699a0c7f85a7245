"""The record of access, for auditors: searched, taken away as CSV, and what stands out in it."""

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.access.audit import auditing
from portal.access.readers import of_user
from portal.access.roles import May
from portal.exports.results import batched
from portal.forms import RecordForm
from portal.presenting import formats, record_page
from portal.presenting.runs.run_details import owner_names
from portal.signing.recent import require_recent
from portal.views.guard import allowed

ANOMALY_DAYS = 30


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(May.READ_RECORD)
def record(request: HttpRequest) -> HttpResponse:
    """Who looked at what. A search is a POST: it may hold a CPF, which no address does."""
    form = RecordForm(request.POST or None)
    wanted = form.wanted() if form.is_valid() else auditing.Wanted()
    found = [] if form.errors else auditing.search(of_user(request), wanted, _before(request))
    context = {
        "form": form,
        "lines": record_page.lines(found, owner_names(record_page.owners(found))),
        "older": formats.utc(found[-1].at) if len(found) == auditing.A_PAGE else None,
    }
    return render(request, "portal/record.html", context)


@require_POST
@allowed(May.READ_RECORD)
def take_away(request: HttpRequest) -> HttpResponseBase:
    """The same as a file, with keyed hashes where people are."""
    form = RecordForm(request.POST)
    if not form.is_valid():
        return render(request, "portal/record.html", {"form": form}, status=400)
    require_recent(request)
    lines = auditing.everything(of_user(request), form.wanted())
    headers = {"Content-Disposition": 'attachment; filename="access-record.csv"'}
    return StreamingHttpResponse(_csv(lines), content_type="text/csv; charset=utf-8", headers=headers)


@require_GET
@allowed(May.READ_RECORD)
def anomalies(request: HttpRequest) -> HttpResponse:
    """What stands out in the last weeks."""
    found = auditing.anomalies(of_user(request), ANOMALY_DAYS)
    names = owner_names(each.actor for each in found)
    context = {"anomalies": record_page.anomalies(found, names), "days": ANOMALY_DAYS}
    return render(request, "portal/anomalies.html", context)


def _before(request: HttpRequest) -> datetime | None:
    given = request.POST.get("before", "")
    try:
        at = parse_datetime(given)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _csv(lines: Iterator[auditing.Line]) -> Iterator[str]:
    names = list(auditing.Line.__dataclass_fields__)
    yield ",".join(names) + "\r\n"
    for part in batched(lines):
        text = StringIO()
        writer = csv.writer(text)
        for line in part:
            told = {**vars(line), "at": formats.utc(line.at), "people": " ".join(line.people)}
            writer.writerow([told[name] for name in names])
        yield text.getvalue()
