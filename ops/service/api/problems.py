"""Errors as `application/problem+json` (RFC 9457): one documented type for each code, in all services.

Whoever raises an error names a code. A service adds its own types in PROBLEM_TYPES, one line each; a code
that nobody has documented is told as the general one of its status.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ops.service.api.bodies import dumps

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Words = StrOrPromise
else:
    Words = str | Promise

CONTENT_TYPE = "application/problem+json"
INVALID_INPUT = "invalid_input"


@dataclass(frozen=True)
class ProblemType:
    """What the problems of one code have in common: the status, a title, and what a client can do."""

    status: int
    title: Words
    advice: Words


SHARED: dict[str, ProblemType] = {
    INVALID_INPUT: ProblemType(
        400, _("An input is not valid."), _("`errors` names each input that is not, with the reason.")
    ),
    "parse_error": ProblemType(
        400, _("The body cannot be read."), _("Send it in the format that its Content-Type names.")
    ),
    "bad_request": ProblemType(400, _("The request is not valid."), _("Compare it with /api/docs/.")),
    "not_authenticated": ProblemType(
        401, _("A token is needed."), _("Get one from /api/oauth/token/ and send it as a Bearer token.")
    ),
    "invalid_token": ProblemType(
        401, _("The token is unknown or has expired."), _("Get a new one from /api/oauth/token/.")
    ),
    "insufficient_scope": ProblemType(
        403,
        _("The token lacks a scope."),
        _("WWW-Authenticate names it. A client is given its scopes when it is made."),
    ),
    "forbidden": ProblemType(403, _("This is not allowed."), _("Trying again does not help.")),
    "not_found": ProblemType(
        404, _("There is no such thing."), _("The address is wrong, or what it named is gone.")
    ),
    "method_not_allowed": ProblemType(
        405, _("This address does not know this method."), _("The header Allow names those that it knows.")
    ),
    "not_acceptable": ProblemType(
        406, _("No answer is of a type that is accepted."), _("Accept application/json.")
    ),
    "conflict": ProblemType(
        409, _("What is asked does not go with how things stand."), _("Look again, and then decide.")
    ),
    "gone": ProblemType(410, _("What was asked for no longer exists."), _("Trying again does not help.")),
    "too_large": ProblemType(413, _("The body is too large."), _("Send it in several parts.")),
    "uri_too_long": ProblemType(
        414, _("The address is too long."), _("Send less in the query; what is long goes into a body.")
    ),
    "unsupported_media_type": ProblemType(
        415,
        _("The body is of a type that is not taken."),
        _("/api/docs/ says which type is; texts are always UTF-8."),
    ),
    "throttled": ProblemType(
        429, _("Too much was asked for."), _("The header Retry-After says when to try again.")
    ),
    "headers_too_large": ProblemType(
        431, _("The headers are too large."), _("Send fewer of them, or shorter ones.")
    ),
    "internal_error": ProblemType(
        500, _("A fault of ours."), _("Try again later; it is in our log, without what was sent.")
    ),
    "unavailable": ProblemType(
        503, _("Something that this service needs is away."), _("Try again in some seconds.")
    ),
}
# What a framework calls by another name, and what stands for a code that is not documented.
_OTHER_NAMES = {"authentication_failed": "invalid_token", "permission_denied": "forbidden"}
_GENERAL = {
    400: "bad_request",
    401: "not_authenticated",
    403: "forbidden",
    409: "conflict",
    429: "throttled",
    500: "internal_error",
}


def types() -> dict[str, ProblemType]:
    """Every type of this service by its code: those that all have, and its own."""
    own: dict[str, ProblemType] = import_string(settings.PROBLEM_TYPES) if settings.PROBLEM_TYPES else {}
    return SHARED | own


def documented(code: str | None, status: int) -> str:
    """The code itself where it is documented for this status, else the general one of the status."""
    known = types()
    code = _OTHER_NAMES.get(code or "", code or "")
    if code in known and known[code].status == status:
        return code
    by_status = {kind.status: name for name, kind in reversed(known.items())} | _GENERAL
    return by_status.get(status, "bad_request" if status < 500 else "internal_error")


def respond(
    request: HttpRequest,
    status: int,
    *,
    code: str | None = None,
    detail: str = "",
    fields: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer to a request that failed, in the language of the request.

    `fields` are DRF's messages by input. They stay beside the standard's members, where they were
    before these; an input that is called like a member (`type`, `status`) is told in `errors` alone.
    """
    code = documented(code, status)
    kind = types()[code]
    problem = {
        "type": type_url(request, code),
        "title": str(kind.title),
        "status": status,
        "detail": detail or str(kind.title),
        "code": code,
        "errors": list(_flat(fields or {})),
    }
    language = get_language() or "en"
    told = {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    return HttpResponse(
        dumps({**(fields or {}), **problem}), status=status, content_type=CONTENT_TYPE, headers=told
    )


def type_url(request: HttpRequest, code: str) -> str:
    """Where a code is documented: absolute, except to a client that names a host which is not ours."""
    path = reverse("problem", args=[code])
    try:
        return request.build_absolute_uri(path)
    except DisallowedHost:
        return path


def _flat(messages: Mapping[Any, Any] | Sequence[Any], path: str = "") -> Iterator[dict[str, str]]:
    """Nested messages as a list: an input's name is the keys and places that lead to it, with dots."""
    items = messages.items() if isinstance(messages, Mapping) else enumerate(messages)
    for key, value in items:
        if isinstance(value, str):
            yield {"field": path, "code": getattr(value, "code", None) or "invalid", "message": str(value)}
        else:
            yield from _flat(value, f"{path}.{key}" if path else str(key))
