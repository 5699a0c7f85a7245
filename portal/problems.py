"""What is answered where no view can: a problem where a machine reads, else a page."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from structlog.contextvars import get_contextvars

from ops.service.api import errors
from ops.service.api.problems import ProblemType
from ops.service.serving.middleware import is_api
from orchestrator.errors import Busy, Forgotten, UnknownKey, Unreadable
from portal.presenting import words

# The types of problem that the portal's API has besides those of every service.
TYPES = {
    "nothing_to_retry": ProblemType(
        409, _("Não há nada a consultar de novo."), _("Veja o estado: nada falhou, ou ainda não terminou.")
    ),
    "erased": ProblemType(410, _("Os dados desta pessoa foram apagados."), _("Tentar de novo não adianta.")),
    "unreadable": ProblemType(
        410,
        _("O que está guardado deste dossiê não pode mais ser lido."),
        _("Avise quem cuida do sistema."),
    ),
    "forgotten": ProblemType(
        410,
        _("Os detalhes desta consulta em lote foram apagados com o tempo; os totais continuam."),
        _("Os totais estão no estado da consulta; os dossiês, cada um em seu endereço."),
    ),
    "idempotency_key_in_progress": ProblemType(
        409,
        _("O mesmo pedido, com a mesma chave, está em andamento."),
        _("Repita-o igual depois do tempo em Retry-After: a resposta será a mesma."),
    ),
    "idempotency_key_reused": ProblemType(
        422,
        _("Com esta chave já se pediu outra coisa."),
        _("Use uma chave nova para cada pedido, e a mesma só para repetir o mesmo pedido."),
    ),
    "unknown_key": ProblemType(503, _("Falta uma chave"), words.LACKS_KEY),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`."""
    if is_api(request):
        return errors.bad_request(request, exception)
    if isinstance(exception, errors.BEYOND_LIMITS):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`."""
    if is_api(request):
        return errors.forbidden(request, exception)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`."""
    if is_api(request):
        return errors.not_found(request, exception)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`. Its page asks nothing of the request or of the database: they may be what broke."""
    if is_api(request):
        return errors.server_error(request)
    shown = render_to_string("500.html", {"reference": get_contextvars().get("request")})
    return HttpResponseServerError(shown)


def gone(request: HttpRequest, error: Unreadable | Forgotten) -> HttpResponse:
    """A page that says what is no more; or, with 503, that the installation lacks a key."""
    if isinstance(error, UnknownKey):
        return render(request, "503.html", status=503)
    return render(request, "410.html", {"reason": words.GONE[error.code]}, status=410)


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    """A page that says so, and when to come back."""
    response = render(
        request, "429.html", {"advice": words.too_often(seconds), "too_often": True}, status=429
    )
    response["Retry-After"] = str(seconds)
    patch_cache_control(response, private=True, no_store=True)
    return response


def busy(request: HttpRequest, refusal: Busy) -> HttpResponse:
    """A page that says when to ask again."""
    response = render(request, "429.html", {"advice": words.busy(refusal)}, status=429)
    response["Retry-After"] = str(refusal.retry_after)
    return response
