"""A dossier as it stands or stood, what changed between two versions, and which are kept."""

from itertools import zip_longest

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.access import dossiers
from portal.access.desk import decisions
from portal.access.readers import of_user
from portal.access.roles import May
from portal.figures import thresholds
from portal.forms import AsOfForm, DecisionForm, PurposeForm
from portal.presenting import dossier_page, words
from portal.presenting.history import decision_lines, diff_page, figure_changes
from portal.views.guard import LAST_PURPOSE, allowed, number


@require_GET
@allowed(May.READ)
def dossier(request: HttpRequest, dossier_id: int, number: int | None = None) -> HttpResponse:
    """A dossier as it stands now, or as it stood at a version, or once: `?as_of=` a day or an instant."""
    reader, sources = of_user(request), dossiers.sources()
    as_of = AsOfForm(request.GET if number is None and "as_of" in request.GET else None)
    if as_of.errors:
        return render(request, "portal/as_of.html", {"as_of": as_of, "dossier_id": dossier_id}, status=400)
    at = as_of.cleaned_data["as_of"] if as_of.is_bound else None
    view = dossiers.load_as_of(reader, dossier_id, at) if at else dossiers.load(reader, dossier_id, number)
    versions = dossiers.versions(reader, dossier_id)
    standings = dossier_page.standings(view, sources).values()
    context = {
        "dossier": view,
        "person": dossier_page.person(view, sources),
        "standings": standings,
        "lacking": any(standing.carried or standing.missing for standing in standings),
        "tables": dossier_page.tables(view, sources),
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
    found, sources = dossiers.compare(reader, dossier_id, earlier, later), dossiers.sources()
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
