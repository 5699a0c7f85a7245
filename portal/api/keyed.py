"""Asking with an Idempotency-Key: who does not know if an ask arrived sends it again: it is done once."""

import re
from collections.abc import Callable

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api import serializers
from portal.api.base import header, reader
from portal.idempotency.keeping import AnotherAsked, Receipt, StillRunning, once
from portal.problems import TYPES

_KEY = re.compile(r"[!-~]{1,255}")  # a structured field's string without its quotes, or as it is
_RETRY_SECONDS = 1

KEY: list[OpenApiParameter] = [
    OpenApiParameter(
        "Idempotency-Key",
        {"type": "string", "pattern": "^[!-~]{1,255}$"},
        OpenApiParameter.HEADER,
        description="Of the client's choice, such as a UUID. Within 24 hours the same request with the same "
        "key is done once, and answered as the first time.",
    ),
    header("Idempotency-Replayed", "`true` where it was done before.", codes=[202]),
]
_PROBLEM = serializers.ProblemSerializer
KEYED = {
    409: OpenApiResponse(_PROBLEM, "The same key is being worked on; Retry-After says when to ask again."),
    422: OpenApiResponse(_PROBLEM, "Something else was asked under this key."),
}


class InProgress(APIException):
    """The same key is being worked on."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_key_in_progress"
    default_detail = TYPES[default_code].title
    wait = _RETRY_SECONDS  # of which DRF makes a Retry-After


class KeyReused(APIException):
    """Something else was asked under this key."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = TYPES[default_code].title


def accepted(request: Request, act: Callable[[], Response], *, asked: object = None) -> Response:
    """The answer of `act`, which accepts what was asked; where a key was sent, that of the first time.

    `asked` is what decides about it besides the address, as JSON values. Raises InProgress and KeyReused.
    """
    key = key_of(request)
    if key is None:
        return act()

    def answered() -> Receipt:
        made = act()
        return Receipt(status=made.status_code, body=made.data, location=made.headers["Location"])

    try:
        answer, is_replayed = once(
            owner=reader(request).owner, key=key, asked=[request.path, asked], act=answered
        )
    except StillRunning:
        raise InProgress from None
    except AnotherAsked:
        raise KeyReused from None
    headers = {"Location": answer.location, **({"Idempotency-Replayed": "true"} if is_replayed else {})}
    return Response(answer.body, answer.status, headers=headers)


def key_of(request: Request) -> str | None:
    """The key of a request; None without one. Raises ValidationError."""
    told = request.headers.get("Idempotency-Key")
    if told is None:
        return None
    key = told[1:-1] if len(told) > 1 and told[0] == told[-1] == '"' else told
    if not _KEY.fullmatch(key):
        wrong = ErrorDetail(str(_("Uma chave tem de 1 a 255 caracteres ASCII visíveis.")), "invalid")
        raise ValidationError({"Idempotency-Key": [wrong]})
    return key
