"""A dossier as it stands or stood, what changed between two versions, and which are kept."""

from datetime import datetime
from itertools import zip_longest

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Source
from portal.access import decisions, dossiers
from portal.access.readers import Reader, of_user
from portal.access.roles import May
from portal.charts.drawing import charts
from portal.charts.history import points
from portal.figures import debts, flags, thresholds
from portal.forms import AsOfForm, DecisionForm, PurposeForm
from portal.presenting import words
from portal.presenting.dossiers import (
    decision_lines,
    diff_page,
    dossier_page,
    figure_changes,
    figure_words,
)
from portal.presenting.dossiers.sections import Choice
from portal.views.guard import LAST_PURPOSE, HtmxRequest, allowed, number


@require_GET
@allowed(May.READ)
def dossier(request: HttpRequest, dossier_id: int, number: int | None = None) -> HttpResponse:
    """A dossier as it stands now, or as it stood at a version, or once: `?as_of=` a day or an instant."""
    return _page(request, dossier_id, number)


@require_POST
@allowed(May.READ)
def rows(request: HtmxRequest, dossier_id: int, number: int) -> HttpResponse:
    """A version with one section as it was chosen; to htmx that section alone. By POST, since a text that is
    looked for may be of the person."""
    declared = [section for source in dossiers.sources() for section in source.sections]
    section = next((each for each in declared if each.key == request.POST.get("section")), None)
    if section is None:
        raise BadRequest
    choice = Choice.of(section, request.POST.dict())
    if not request.htmx:
        return _page(request, dossier_id, number, choice)
    view = dossiers.load(of_user(request), dossier_id, number)
    tables = dossier_page.tables(view, dossiers.sources(), choice=choice, today=localdate())
    shown = next(table for table in tables if table.key == section.key)
    rows_url = reverse("rows", args=[dossier_id, number])
    context = {"table": shown, "standing": shown.standing, "rows_url": rows_url}
    return render(request, "portal/table.html", context)


def _page(
    request: HttpRequest, dossier_id: int, number: int | None, choice: Choice | None = None
) -> HttpResponse:
    reader, sources = of_user(request), dossiers.sources()
    as_of = AsOfForm(request.GET if number is None and "as_of" in request.GET else None)
    if as_of.errors:
        return render(request, "portal/as_of.html", {"as_of": as_of, "dossier_id": dossier_id}, status=400)
    at = as_of.cleaned_data["as_of"] if as_of.is_bound else None
    view = dossiers.load_as_of(reader, dossier_id, at) if at else dossiers.load(reader, dossier_id, number)
    versions = dossiers.versions(reader, dossier_id)
    standings = dossier_page.standings(view, sources).values()
    context = {
        **(_reckoned(reader, view, sources, at) if view.version else {}),
        "dossier": view,
        "person": dossier_page.person(view, sources),
        "standings": standings,
        "legend": dossier_page.LEGEND,
        "lacking": any(standing.carried or standing.missing for standing in standings),
        "tables": dossier_page.tables(view, sources, choice=choice, today=localdate()),
        "disagreements": dossier_page.disagreements(view, sources),
        "nobody": view.is_known_nowhere,
        # Each version and the one before it, as far as that is still kept.
        "history": list(zip_longest(versions, versions[1:])),
        "pinned": any(version.pinned for version in versions if version.number == view.version),
        "pinned_sign": words.PINNED,
        "following": dossiers.is_followed(reader, dossier_id),
        "last_request": dossiers.latest_request(reader, dossier_id),
        "as_of": as_of,
        "stood_at": at,
        "decisions": decision_lines.lines(decisions.of_dossier(reader, dossier_id)),
        "decision_form": DecisionForm(),
        "form": PurposeForm(initial={"purpose": request.session.get(LAST_PURPOSE)}),
    }
    return render(request, "portal/dossier.html", context)


def _reckoned(
    reader: Reader, view: DossierView, sources: tuple[Source, ...], at: datetime | None
) -> dict[str, object]:
    """What a version comes to, as of an instant if told: flags, figures, and charts with the versions before
    it."""
    moment, limits = now(), thresholds.current()
    (shown,) = points([view], sources, thresholds=limits, told_at=moment, at=at)
    earlier = dossiers.earlier(reader, view.id, shown.version)
    history = (*points(earlier, sources, thresholds=limits, told_at=moment), shown)
    raised = flags.raised(view, shown.figures, sources, limits)
    return {
        "flags": figure_words.flags(raised, sources),
        "figure_groups": figure_words.groups(shown.figures, sources),
        "charts": charts(shown.figures, history),
    }


@require_POST
@allowed(May.READ)
def follow(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """Keeps a dossier open to the team past the days of the ask, or no longer."""
    dossiers.follow(of_user(request), dossier_id, following=request.POST.get("following") == "yes")
    return redirect("followed") if request.POST.get("back") == "followed" else redirect("dossier", dossier_id)


@require_GET
@allowed(May.READ)
def diff(request: HttpRequest, dossier_id: int) -> HttpResponse:
    """What changed between two versions; the last two unless told."""
    reader = of_user(request)
    history = dossiers.versions(reader, dossier_id)
    numbers = [version.number for version in history]
    later, earlier = number(request, "to", digits=9), number(request, "from", digits=9)
    if later is None:
        later = numbers[0] if numbers else 1
    if earlier is None:
        earlier = next((each for each in numbers if each < later), later)
    sources = dossiers.sources()
    found = dossiers.compare(
        reader, dossier_id, earlier, later, telling=lambda view: debts.told(view, sources, localdate())
    )
    context = {
        "dossier": found.after,
        "versions": history,
        "earlier": earlier,
        "later": later,
        "before": found.before,
        "changes": diff_page.Changes.of(found.diff, sources),
        "figures": figure_changes.moved(
            found.before, found.after, sources, thresholds=thresholds.current(), now=now()
        ),
    }
    return render(request, "portal/diff.html", context)


@require_POST
@allowed(May.PIN)
def pin(request: HttpRequest, dossier_id: int, number: int) -> HttpResponse:
    """Keeps a version whatever its age, or no longer."""
    chosen = request.POST.get("pinned")
    if chosen not in ("yes", "no"):
        raise BadRequest
    pinned = chosen == "yes"
    reader = of_user(request)
    dossiers.pin(reader, dossier_id, number, pinned=pinned)
    kept = _("Versão %(n)s fixada: não é apagada com o tempo.")
    let_go = _("Versão %(n)s desafixada: é apagada com o tempo, como as outras.")
    messages.success(request, (kept if pinned else let_go) % {"n": number})
    is_latest = number == dossiers.versions(reader, dossier_id)[0].number
    return redirect("dossier", dossier_id) if is_latest else redirect("version", dossier_id, number)
