"""A version of a dossier, taken away as a file."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from orchestrator.errors import InvalidInput
from portal.access.readers import of_user
from portal.access.roles import May
from portal.exports import dossier_files
from portal.presenting import refusals
from portal.views.guard import allowed


@require_GET
@allowed(May.READ)
def version(request: HttpRequest, dossier_id: int, number: int) -> HttpResponse:
    """A version in the format that the address names, in the language of the pages. It is of one person: it
    asks for no recent login, as a list's results do."""
    chosen = request.GET.get("format", "pdf")
    if chosen not in dossier_files.FORMATS:
        raise Http404
    try:
        return dossier_files.download(
            of_user(request), dossier_id, number, chosen, language=get_language(), at=now()
        )
    except InvalidInput as error:
        messages.error(request, refusals.refusal(error))
        return redirect("version", dossier_id, number)
