"""Requests over the API: how one gets on, taking it back, asking again for what failed."""

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from ops.service.access.authentication import any_of
from portal.access import dossiers
from portal.access.dossiers import status_etag
from portal.api import serializers
from portal.api.base import (
    BUSY,
    GONE,
    OFTEN,
    READ,
    REFUSED,
    REQUEST,
    RETRY_LATER,
    UNKNOWN,
    DossierAPI,
    PollLimit,
    header,
    is_known,
    reader,
    receipt,
)
from portal.api.keyed import KEY, KEYED, accepted
from portal.payloads import dossier_json

POLL_SECONDS = 1
LONGEST_POLL_SECONDS = 10


class RequestDetail(DossierAPI):
    """How a request gets on; made to be polled, so a client may keep the last answer and its ETag."""

    cache_control = {"private": True, "no_cache": True}  # it tells states and times, nothing of the person
    required_scopes = {"GET": any_of(REQUEST, READ)}
    throttle_classes = [PollLimit]

    @extend_schema(
        operation_id="requests_status",
        parameters=[
            header("If-None-Match", "The ETag of the last answer.", codes=[], given=True),
            header("ETag", "Moves whenever the answer moves.", codes=[200, 304]),
            header("Retry-After", "Seconds; while the request is not finished.", codes=[200, 304, 429]),
        ],
        responses={
            200: serializers.RequestStatusSerializer,
            304: OpenApiResponse(None, "Nothing moved since that ETag."),
            **REFUSED,
            **UNKNOWN,
            **OFTEN,
        },
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        """Where a request stands, source by source."""
        current = dossiers.status(reader(request), request_id)
        headers = {"ETag": status_etag(current)}
        if not current.finished:
            # Until something may have moved: of what waits, half of what it is expected to wait.
            half = current.waiting.expected_seconds // 2 if current.waiting else POLL_SECONDS
            headers["Retry-After"] = str(max(POLL_SECONDS, min(half, LONGEST_POLL_SECONDS)))
        if is_known(request, headers["ETag"]):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(dossier_json.request_status(current), headers=headers)


class RequestCancel(DossierAPI):
    """Takes an ask back."""

    required_scopes = {"POST": REQUEST}

    @extend_schema(
        operation_id="requests_cancel",
        request=None,
        responses={200: serializers.RequestStatusSerializer, **REFUSED, **UNKNOWN},
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """End this client's own ask at once; its status is answered. The work goes on only while
        another ask waits for it. One that has ended already stays as it ended."""
        dossiers.cancel(reader(request), request_id)
        return Response(dossier_json.request_status(dossiers.status(reader(request), request_id)))


class RequestRetry(DossierAPI):
    """Asks again for what failed."""

    required_scopes = {"POST": REQUEST}

    @extend_schema(
        operation_id="requests_retry",
        request=None,
        parameters=[header("Location", "The status_url.", codes=[202]), RETRY_LATER, *KEY],
        responses={
            202: serializers.AcceptedSerializer,
            **KEYED,
            409: OpenApiResponse(
                serializers.ProblemSerializer,
                "Every source has answered: nothing failed. Or the same key is being worked on.",
            ),
            **REFUSED,
            **UNKNOWN,
            **GONE,
            **BUSY,
        },
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """Ask only the sources that failed or are stale, and keep the others' blocks: a new request."""
        dossiers.status(reader(request), request_id)  # what is keyed is undone: the record of a miss is not
        return accepted(request, lambda: receipt(request, dossiers.retry(reader(request), request_id)))
