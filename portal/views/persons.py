"""The person's own rights, for privacy officers: reports, contests, corrections, erasure, and their register.

The CPF is typed for each, since no address and no register holds one.
"""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ops.service.api.bodies import dumps
from orchestrator.errors import Busy, InvalidInput, NotFound
from portal.access import dossiers, persons
from portal.access.readers import of_user
from portal.access.roles import May
from portal.forms import AnswerForm, ContestForm, PersonForm
from portal.payloads import person_json
from portal.presenting import formats, person_page, words
from portal.signing.recent import require_recent
from portal.views.guard import allowed


@require_GET
@allowed(May.SERVE_PERSONS)
def index(request: HttpRequest) -> HttpResponse:
    """What can be done for a person, and what persons asked of us."""
    return _page(request, PersonForm())


@require_http_methods(["GET", "POST"])
@allowed(May.SERVE_PERSONS)
def act(request: HttpRequest) -> HttpResponseBase:
    """Does for a person what was chosen; who comes back to that is led to the empty form."""
    if request.method == "GET":
        return redirect("persons")
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    acts = {"report": _report, "json": _json, "take_in": _take_in, "correct": _correct, "erase": _erase}
    try:
        return acts[form.cleaned_data["act"]](request, form)
    except InvalidInput as error:
        form.refuse(error)
    except NotFound:
        form.add_error("cpf", _("Nada se guarda desta pessoa."))
    except (Busy, ImproperlyConfigured) as error:
        form.add_error(None, words.busy(error) if isinstance(error, Busy) else str(error))
    return _page(request, form)


@require_POST
@allowed(May.SERVE_PERSONS)
def contest(request: HttpRequest, request_id: int) -> HttpResponse:
    """Marks what a person contests."""
    form = ContestForm(request.POST)
    if form.is_valid():
        persons.contest(of_user(request), request_id, form.cleaned_data["what"])
        messages.success(request, _("Dado marcado como contestado; quem viu o dossiê será avisado."))
    else:
        messages.error(request, _("Diga em palavras, e sem o CPF, o que a pessoa contesta."))
    return redirect("persons")


@require_POST
@allowed(May.SERVE_PERSONS)
def answer(request: HttpRequest, request_id: int) -> HttpResponse:
    """Closes a request, and the contest that it is about."""
    form = AnswerForm(request.POST)
    if form.is_valid():
        persons.answered(of_user(request), request_id, answer=form.cleaned_data["answer"])
        messages.success(request, _("Pedido encerrado."))
    else:
        messages.error(request, _("Diga em palavras, e sem o CPF, o que foi respondido."))
    return redirect("persons")


def _page(request: HttpRequest, form: PersonForm) -> HttpResponse:
    reader = of_user(request)
    context = {
        "form": form,
        "open": person_page.requests(persons.register(reader)),
        "closed": person_page.requests(
            [each for each in persons.register(reader, only_open=False, at_most=50) if each.done_at]
        ),
        "today": localdate(),
        "soon": localdate() + timedelta(days=3),
    }
    return render(request, "portal/persons.html", context, status=400 if form.errors else 200)


def _report(request: HttpRequest, form: PersonForm) -> HttpResponse:
    told = persons.report(of_user(request), form.cleaned_data["cpf"])
    context = person_page.report(told, dossiers.sources())
    return render(request, "portal/person_report.html", context)


def _json(request: HttpRequest, form: PersonForm) -> HttpResponse:
    told = persons.report(of_user(request), form.cleaned_data["cpf"])
    body = dumps(person_json.report(told, dossiers.sources()))
    headers = {"Content-Disposition": 'attachment; filename="person-report.json"'}
    return HttpResponse(body, content_type="application/json", headers=headers)


def _take_in(request: HttpRequest, form: PersonForm) -> HttpResponse:
    told = form.cleaned_data
    made = persons.take_in(
        of_user(request), told["cpf"], told["kind"], received_on=told["received_on"], note=told["note"]
    )
    said = _("Pedido nº %(n)s anotado; prazo: %(day)s.")
    messages.success(request, said % {"n": made.pk, "day": formats.day(made.due_on)})
    return redirect("persons")


def _correct(request: HttpRequest, form: PersonForm) -> HttpResponse:
    persons.correct(of_user(request), form.cleaned_data["cpf"])
    messages.success(request, _("As fontes estão sendo consultadas de novo; o dossiê mostra o que mudar."))
    return redirect("persons")


def _erase(request: HttpRequest, form: PersonForm) -> HttpResponse:
    require_recent(request)
    erased = persons.erase(of_user(request), form.cleaned_data["cpf"], reason=form.cleaned_data["note"])
    return render(request, "portal/person_erased.html", {"erased": person_page.erased(erased)})
