"""What every request passes: the access log, the bounds of its body, what an answer says to browsers and
caches, the language of its answer, the slash that its address lacks."""

from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from time import perf_counter

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware import common
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from ops.service.access import throttling
from ops.service.api import problems

logger = structlog.get_logger("access")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
DEFAULT = "en"
SPOKEN = {"en": "en", "pt": "pt-br"}  # by the tag's first part
# Of a refused body so much is read and thrown away, so that the client gets to its answer.
THROWN_AWAY = 32 << 20
_SENSORS = "camera display-capture fullscreen geolocation microphone midi payment serial usb"
NO_SENSORS = ", ".join(f"{name}=()" for name in _SENSORS.split())


class AccessLog:
    """Logs a line per request: method, the route's pattern and never the address, status, milliseconds and
    the client that asked.

    Every line that is logged on the way, anybody's, carries `request`, an id of our own, and, once they are
    known, the id of the `client` (bound by BearerToken) or of the `user` (by the portal's pages).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request and then logs it."""
        clear_contextvars()  # a thread serves one request after the other
        bind_contextvars(request=token_hex(8))
        start = perf_counter()
        try:
            response = self.get_response(request)
            # What a refused request still sends is read: gunicorn would cut a kept connection that has
            # unread bytes, and the client's next request with it.
            unread = THROWN_AWAY
            with suppress(OSError):  # the client has gone
                while unread > 0 and (chunk := request.read(65_536)):
                    unread -= len(chunk)
            match = request.resolver_match
            logger.info(
                "request",
                method=request.method if request.method in METHODS else "other",
                route=match.route if match else None,
                status=response.status_code,
                ms=round((perf_counter() - start) * 1000, 1),
                client=get_contextvars().get("client"),
            )
            return response
        finally:
            clear_contextvars()


class RateLimits:
    """Tells in the answer's headers what is left of the limits by which the request was counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request."""
        response = self.get_response(request)
        throttling.tell(request, response)
        return response


class Bounded:
    """Refuses a body for its length, or for being compressed, before any of it is read: with 413, or 415
    (RFC 9110, sections 15.5.14 and 15.5.16); what came in chunks has been measured by then (`chunked`). And
    an address with more parameters than anything here has, with 400."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Raises RequestDataTooBig and BadRequest, for the service's handlers to tell."""
        limit = settings.LARGER_BODIES.get(request.path_info, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise RequestDataTooBig
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            return problems.respond(
                request, 415, detail=str(_("Bodies are taken as they are, not compressed."))
            )
        if request.META.get("QUERY_STRING", "").count("&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
            raise BadRequest
        return self.get_response(request)


class ClosedByDefault:
    """What an answer does not say by itself: nobody keeps a copy, and no other site embeds it or is given
    a sensor of the reader's machine."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Adds the headers that are not there."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", NO_SENSORS)
        return response


class AcceptedLanguage:
    """Answers below API_PATHS in one language whole: our messages and the framework's alike."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leaves other addresses as they are."""
        if not is_api(request):
            return self.get_response(request)
        with translation.override(accepted(request)):
            return self.get_response(request)


def is_api(request: HttpRequest) -> bool:
    """Whether an address is read by machines: its errors are problems, not pages."""
    paths: tuple[str, ...] = settings.API_PATHS
    return request.path.startswith(paths)


def accepted(request: HttpRequest) -> str:
    """The language code that the client likes best among those that there are (RFC 9110, 12.5.4)."""
    for tag, quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        spoken = SPOKEN.get(tag.split("-")[0])
        if spoken and quality > 0:
            return spoken
    return DEFAULT


class KeepingRedirect(HttpResponsePermanentRedirect):
    """308 (RFC 9110, section 15.4.9): a 301 turns a POST into a GET, whose 200 reads like a success."""

    status_code = 308


class CommonMiddleware(common.CommonMiddleware):
    """Django's, which adds the slash that an address lacks; the method and the body are kept."""

    response_redirect_class = KeepingRedirect
