"""Finding somebody again, without asking for them anew. What is typed stays in the body of a POST."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orchestrator.errors import InvalidInput
from portal.access.desk import finding
from portal.access.desk.finding import Hits
from portal.access.readers import Reader, of_user
from portal.access.roles import May
from portal.forms import AskForm, FindForm
from portal.presenting import refusals
from portal.views.guard import LAST_PURPOSE, allowed


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(May.READ)
def find(request: HttpRequest) -> HttpResponse:
    """The form, and who was found by it."""
    reader, form = of_user(request), FindForm(request.POST or None)
    hits = _found(reader, form) if form.is_valid() else None
    context: dict[str, Any] = {"form": form, "hits": hits, "shown_at_most": finding.SHOWN_AT_MOST}
    if hits is not None and form.is_cpf:
        context |= {"by_cpf": True, "mistyped": finding.is_mistyped(form.cleaned_data["q"])}
        if not hits.hits and reader.may(May.ASK):
            typed = {"cpf": form.cleaned_data["q"], "purpose": request.session.get(LAST_PURPOSE)}
            context["ask"] = AskForm(initial=typed)
    return render(request, "portal/find.html", context)


def _found(reader: Reader, form: FindForm) -> Hits | None:
    """None where what was typed cannot be looked for: the form says why."""
    typed = form.cleaned_data["q"]
    try:
        if form.is_cpf:
            return finding.by_cpf(reader, typed)
    except InvalidInput as error:
        form.add_error("q", refusals.refusal(error))
        return None
    if not finding.is_searchable(typed):
        form.add_error("q", _("Digite ao menos duas letras do nome."))
        return None
    return finding.by_name(reader, typed)
