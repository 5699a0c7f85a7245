"""What is followed: all of it, and what changed materially in it."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from portal.access.desk import following
from portal.access.readers import of_user
from portal.access.roles import May
from portal.presenting.history import followed_page
from portal.views.guard import allowed

NEWS_DAYS = 3  # on the first page: what Friday's night brought is told on Monday
LISTED_DAYS = 30


@require_GET
@allowed(May.READ)
def followed(request: HttpRequest) -> HttpResponse:
    """All that is followed, and what changed in the last weeks."""
    told = following.everything(of_user(request))
    return render(request, "portal/followed.html", {"followed": told, **_news(request, LISTED_DAYS)})


@require_GET
@allowed(May.READ)
def news(request: HttpRequest) -> HttpResponse:
    """What changed in the last days: the part of the first page that is fetched when that is there."""
    return render(request, "portal/followed_lines.html", _news(request, NEWS_DAYS))


@require_POST
@allowed(May.RUN)
def follow_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Follows all dossiers of a list, or no longer."""
    wanted = request.POST.get("following") == "yes"
    following.follow_run(of_user(request), run_id, following=wanted)
    return redirect("followed") if request.POST.get("back") == "followed" else redirect("run", run_id)


def _news(request: HttpRequest, days: int) -> dict[str, object]:
    found = following.news(of_user(request), now() - timedelta(days=days))
    return {
        "lines": followed_page.lines(found.changes),
        "summary": followed_page.summary(found),
        "cut": found.cut,
        "most": following.MOST_STEPS,
        "days": days,
    }
