"""What is answered where something failed: problems (`ops.service.api.problems`), whoever noticed it."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, MethodNotAllowed, ValidationError
from rest_framework.views import exception_handler as drf_handler

from ops.service.api import problems
from ops.service.api.bodies import BodyTooLarge


class Unavailable(APIException):
    """A store that this service needs does not answer; worth trying again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("A store that this service needs is not available; try again later.")
    default_code = "unavailable"


STORE_ERRORS: tuple[type[Exception], ...] = (OperationalError, InterfaceError)
BEYOND_LIMITS = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
_TOLD = ("WWW-Authenticate", "Retry-After")


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's handler, as a problem, with messages that belong to no field under `non_field_errors`,
    413 for a form beyond Django's limits, and 503 where PostgreSQL is away. What it does not know is
    a fault of ours, and becomes a 500."""
    if isinstance(error, STORE_ERRORS):
        error = Unavailable()
    elif isinstance(error, BEYOND_LIMITS):
        error = BodyTooLarge()
    answer = drf_handler(error, context)
    if answer is None:
        return None
    request: HttpRequest = context["request"]._request
    headers = {name: answer[name] for name in _TOLD if name in answer}
    if isinstance(error, ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        return problems.respond(
            request, answer.status_code, code=problems.INVALID_INPUT, fields=fields, headers=headers
        )
    detail = answer.data["detail"]
    return problems.respond(
        request, answer.status_code, code=detail.code, detail=str(detail), headers=headers
    )


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """405 of a view that is not DRF's; `allowed` is the header's value."""
    told = MethodNotAllowed(str(request.method))
    return problems.respond(
        request, 405, code=told.default_code, detail=str(told.detail), headers={"Allow": allowed}
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler400`: what Django refuses before a view is reached, or in one that is not DRF's."""
    return problems.respond(request, 413 if isinstance(exception, BEYOND_LIMITS) else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler403`."""
    return problems.respond(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler404`: an address that no route knows."""
    return problems.respond(request, 404, detail=str(_("Not found.")))


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: says nothing of the fault."""
    return problems.respond(request, 500, detail=str(_("Internal error.")))
