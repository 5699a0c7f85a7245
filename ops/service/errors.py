"""One shape of error for every service: `{"detail": …}`, or `{"field": ["message"]}`."""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler


class Unavailable(APIException):
    """A store that this service needs does not answer; worth trying again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "A store that this service needs is not available; try again later."
    default_code = "unavailable"


STORE_ERRORS: tuple[type[Exception], ...] = (OperationalError, InterfaceError)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler, with messages that belong to no field under `non_field_errors`, and 503
    where PostgreSQL is away. What it does not know is a fault of ours, and becomes a 500."""
    if isinstance(error, STORE_ERRORS):
        error = Unavailable()
    if isinstance(error, ValidationError) and isinstance(error.detail, list):
        error = ValidationError({"non_field_errors": error.detail})
    return drf_handler(error, context)


def not_allowed(request: HttpRequest, allowed: str) -> JsonResponse:
    """405 of a view that is not DRF's; `allowed` is the header's value."""
    body = {"detail": f'Method "{request.method}" not allowed.'}
    return JsonResponse(body, status=405, headers={"Allow": allowed})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """`handler400`: what Django refuses before a view is reached."""
    return JsonResponse({"detail": "The request is not valid."}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """`handler403`."""
    return JsonResponse({"detail": "Not allowed."}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """`handler404`: an address that no route knows."""
    return JsonResponse({"detail": "Not found."}, status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    """`handler500`: says nothing of the fault."""
    return JsonResponse({"detail": "Internal error."}, status=500)
