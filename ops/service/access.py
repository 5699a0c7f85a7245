"""The access log: one line per request with its route, never its address."""

from collections.abc import Callable
from contextlib import suppress
from time import perf_counter

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

logger = structlog.get_logger("access")


class AccessLog:
    """Logs method, route pattern, status, milliseconds and the client that asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request and then logs it."""
        start = perf_counter()
        response = self.get_response(request)
        _drain(request)
        match = request.resolver_match
        logger.info(
            "request",
            method=request.method if request.method in METHODS else "other",
            route=match.route if match else None,
            status=response.status_code,
            ms=round((perf_counter() - start) * 1000, 1),
            client=getattr(request, "client_id", None),
        )
        return response


def _drain(request: HttpRequest) -> None:
    """Reads what a refused request still sends: gunicorn would cut a kept connection that has
    unread bytes, and the client's next request with it."""
    unread = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    with suppress(OSError):  # the client has gone
        while unread > 0 and (chunk := request.read(65_536)):
            unread -= len(chunk)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
