"""What the API's views share."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, NotFound, Throttled, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from ops.service.access.authentication import client_of
from ops.service.access.client_limits import ClientLimit
from orchestrator import errors
from orchestrator.records.requests import Accepted
from portal import throttles
from portal.access.readers import Reader, of_client
from portal.api import serializers
from portal.presenting import refusals, words

READ, REQUEST, PIN, RUN = "dossier:read", "dossier:request", "dossier:pin", "batch:run"
REFUSED = {
    401: OpenApiResponse(serializers.ProblemSerializer, "No token, or one that is not valid."),
    403: OpenApiResponse(serializers.ProblemSerializer, "The token lacks the scope."),
}
INVALID = {400: OpenApiResponse(serializers.ProblemSerializer, "An input is not valid; it is named.")}
GONE = {410: OpenApiResponse(serializers.ProblemSerializer, "It was deleted, or can be read no more.")}
BUSY = {
    429: OpenApiResponse(
        serializers.ProblemSerializer, "Too much waits already; Retry-After says for how long."
    )
}
OFTEN = {429: OpenApiResponse(serializers.ProblemSerializer, "This client asks too often.")}
UNKNOWN = {404: OpenApiResponse(serializers.ProblemSerializer, "There is no such thing.")}


def header(name: str, description: str, *, codes: list[int], given: bool = False) -> OpenApiParameter:
    """A header of an answer (or, if `given`, of the request) for the OpenAPI document."""
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=description, response=False if given else codes
    )


RETRY_LATER = header("Retry-After", "Seconds until it makes sense to ask again.", codes=[429])


class NothingFailed(APIException):
    """Nothing failed of what is to be asked again, or it has not ended."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "nothing_to_retry"


class Gone(APIException):
    """There was such a thing, and there is no more: asking again is of no use."""

    status_code = status.HTTP_410_GONE
    default_code = "gone"


class LacksKey(APIException):
    """The installation lacks a key: nothing is lost, and whoever runs it has to put the key back."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = words.LACKS_KEY
    default_code = "unknown_key"


class Later(Throttled):
    """Too much waits to take one more; with Retry-After."""

    def __init__(self, busy: errors.Busy) -> None:
        super().__init__(detail=words.busy(busy))
        self.wait = busy.retry_after  # given to DRF's own, it would say the seconds a second time


class Nothing(Serializer[None]):
    """No input at all."""


class AnyAccept(DefaultContentNegotiation):
    """Files come in the format that the query names; an Accept header that names a file's type is fine."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The one that writes errors."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class DossierAPI(APIView):
    """What the views share: the orchestrator's errors as DRF's, answers that nobody stores, and inputs that
    nobody reads refused: whoever misspells one would believe that it did something."""

    cache_control = {"private": True, "no_store": True}
    with_query: ClassVar[tuple[str, ...]] = ()  # the methods that read their query by `valid`
    with_body: ClassVar[tuple[str, ...]] = ()  # … and those that read their body so

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError for a query or a body where the method has none."""
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:
            return  # it is about to be answered with 405
        method = "GET" if request.method == "HEAD" else request.method
        if method not in self.with_query:
            valid(Nothing, request.query_params)
        if method not in self.with_body:
            valid(Nothing, request.data)

    def check_throttles(self, request: Request) -> None:
        """Raises Throttled; also for who has asked too often for what is others'."""
        super().check_throttles(request)
        if seconds := throttles.guesses.seconds_left(reader(request).owner):
            raise Throttled(wait=math.ceil(seconds))

    def handle_exception(self, exc: Exception) -> Response:
        """InvalidInput names its field in a 400; NotFound is a 404, NothingFailed a 409, what is no more a
        410, and Busy a 429 with Retry-After; all in the words of their codes."""
        if isinstance(exc, errors.InvalidInput):
            exc = ValidationError({exc.field: [refusals.refusal(exc)]}, code=exc.code)
        elif isinstance(exc, errors.NotFound):
            exc = NotFound()
        elif isinstance(exc, errors.NothingToRetry):
            exc = NothingFailed(words.NOTHING_TO_RETRY[exc.code])
        elif isinstance(exc, errors.UnknownKey):
            exc = LacksKey()
        elif isinstance(exc, errors.Unreadable | errors.Forgotten):
            exc = Gone(words.GONE[exc.code], exc.code)
        elif isinstance(exc, errors.Busy):
            exc = Later(exc)
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Says what caches, the client's own among them, may do with the answer."""
        final = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(final, **self.cache_control)
        return final


class PollLimit(ClientLimit):
    """POLLS_PER_SECOND of each client, and nothing of it is counted against what the client asks for."""

    limit = throttles.POLLS


def receipt(request: Request, accepted: Accepted) -> Response:
    """The 202 of an ask that was accepted."""
    status_url = reverse("api-request", [accepted.request_id], request=request)
    body = {
        "request_id": str(accepted.request_id),
        "dossier_id": accepted.dossier_id,
        "status_url": status_url,
    }
    return Response(body, status.HTTP_202_ACCEPTED, headers={"Location": status_url})


def valid(shape: type[Serializer[None]], given: Any) -> dict[str, Any]:
    """What was given, checked; raises ValidationError, which names what is wrong, unknown or given twice.

    A blank value is a value: it is not the same as none.
    """
    single = given.dict() if isinstance(given, QueryDict) else given
    checked = shape(data=single)
    wrong = {} if checked.is_valid() else dict(checked.errors)
    if isinstance(single, Mapping):
        unknown = ErrorDetail(_("Este campo não existe aqui."), "unknown")
        wrong |= {name: [unknown] for name in single if name not in checked.fields}
    if isinstance(given, QueryDict):
        again = ErrorDetail(_("Este campo foi dado mais de uma vez."), "duplicate")
        wrong |= {name: [again] for name, values in given.lists() if len(values) > 1}
    if wrong:
        raise ValidationError(wrong)
    return dict(checked.validated_data)


def reader(request: Request) -> Reader:
    """Who asks: the machine client of the token."""
    return of_client(client_of(request))


def is_known(request: Request, etag: str) -> bool:
    """Whether the client says that it has the answer with this ETag."""
    told = request.headers.get("If-None-Match", "")
    known = {tag.strip().removeprefix("W/") for tag in told.split(",")}
    return etag in known or "*" in known
