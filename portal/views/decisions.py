"""Deciding by a version of a dossier, or noting something on it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orchestrator.errors import InvalidInput
from portal.access.desk import decisions
from portal.access.readers import of_user
from portal.access.roles import May
from portal.forms import DecisionForm
from portal.presenting.history import decision_lines
from portal.views.guard import allowed


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(May.ASK)
def decide(request: HttpRequest, dossier_id: int, number: int) -> HttpResponse:
    """What was decided by a version, and the form for one more, as it was filled in where it is refused."""
    reader, form = of_user(request), DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decisions.decide(reader, dossier_id, number, **form.cleaned_data)
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("Registrado na versão %(n)s.") % {"n": number})
            return redirect("version", dossier_id, number)
    context = {
        "dossier_id": dossier_id,
        "number": number,
        "form": form,
        "lines": decision_lines.lines(decisions.of_version(reader, dossier_id, number)),
    }
    return render(request, "portal/decide.html", context, status=400 if form.errors else 200)
