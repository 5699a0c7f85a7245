"""The portal's API for other systems: asks, their status, dossiers, versions, differences."""

from typing import Any, cast
from uuid import UUID

from django.utils.cache import patch_cache_control
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from ops.service.authentication import Client
from orchestrator import dossiers
from orchestrator.dossiers import DossierView
from portal.api import answers, serializers

POLL_SECONDS = 1

READ, REQUEST = "dossier:read", "dossier:request"
REFUSED = {
    401: OpenApiResponse(serializers.Problem, "No token, or one that is not valid."),
    403: OpenApiResponse(serializers.Problem, "The token lacks the scope."),
}
INVALID = {400: OpenApiResponse(serializers.FieldErrors, "An input is not valid; it is named.")}
UNKNOWN = {404: OpenApiResponse(serializers.Problem, "There is no such thing.")}


def header(name: str, description: str, *, codes: list[int], given: bool = False) -> OpenApiParameter:
    """A header of an answer (or, if `given`, of the request) for the OpenAPI document."""
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=description, response=False if given else codes
    )


class DossierAPI(APIView):
    """What the views share: the orchestrator's errors as DRF's, and answers that nobody stores."""

    cache_control = {"private": True, "no_store": True}

    def handle_exception(self, exc: Exception) -> Response:
        """InvalidInput names its field in a 400; NotFound is a 404."""
        if isinstance(exc, dossiers.InvalidInput):
            exc = ValidationError({exc.field: [exc.message]}, code=exc.code)
        elif isinstance(exc, dossiers.NotFound):
            exc = NotFound()
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Says what caches, the client's own among them, may do with the answer."""
        final = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(final, **self.cache_control)
        return final


class DossierList(DossierAPI):
    """Asks for a dossier, or finds one the way the original did."""

    required_scopes = {"GET": READ, "POST": REQUEST}

    @extend_schema(
        operation_id="dossiers_request",
        request=serializers.Ask,
        parameters=[header("Location", "The status_url.", codes=[202])],
        responses={202: serializers.Accepted, **INVALID, **REFUSED},
    )
    def post(self, request: Request) -> Response:
        """Accept an ask; the work goes on after the answer. Joins a request under way for this CPF."""
        accepted = dossiers.request(**_valid(serializers.Ask, request.data), owner=_owner(request))
        return _receipt(request, accepted)

    @extend_schema(
        operation_id="dossiers_find_legacy",
        deprecated=True,
        parameters=[serializers.Search],
        responses={200: serializers.Dossier(many=True), **INVALID, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """The latest version for a CPF, as a list of one or none, like the original answered.

        Unlike the original it asks no source by itself. New clients use the search, which keeps
        the CPF out of the address.
        """
        found = _find(request.query_params)
        return Response([] if found is None else [_answer(found)])


class DossierSearch(DossierAPI):
    """Finds a dossier without a CPF in the address."""

    required_scopes = {"POST": READ}

    @extend_schema(
        operation_id="dossiers_search",
        request=serializers.Search,
        responses={200: serializers.Dossier, **INVALID, **REFUSED, **UNKNOWN},
    )
    def post(self, request: Request) -> Response:
        """The latest version of the dossier of a CPF."""
        found = _find(request.data)
        if found is None:
            raise NotFound
        return Response(_answer(found))


class DossierDetail(DossierAPI):
    """One dossier at its latest version."""

    required_scopes = {"GET": READ}

    @extend_schema(operation_id="dossiers_get", responses={200: serializers.Dossier, **REFUSED, **UNKNOWN})
    def get(self, request: Request, dossier_id: int) -> Response:
        """A dossier as it stands. Before its first version, `version` is null, and so are the sections."""
        return Response(_answer(dossiers.load(dossier_id)))


class DossierVersion(DossierAPI):
    """One dossier as it stood at a version."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="dossiers_version", responses={200: serializers.Dossier, **REFUSED, **UNKNOWN}
    )
    def get(self, request: Request, dossier_id: int, number: int) -> Response:
        """A version: its content never changes."""
        return Response(_answer(dossiers.load(dossier_id, number)))


class VersionList(DossierAPI):
    """A dossier's history."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="dossiers_versions",
        responses={200: serializers.VersionSummary(many=True), **REFUSED, **UNKNOWN},
    )
    def get(self, request: Request, dossier_id: int) -> Response:
        """The versions, newest first."""
        return Response([answers.version(summary) for summary in dossiers.versions(dossier_id)])


class DossierDiff(DossierAPI):
    """What changed between two versions."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="dossiers_diff",
        parameters=[serializers.DiffRange],
        responses={200: serializers.Diff, **INVALID, **REFUSED, **UNKNOWN},
    )
    def get(self, request: Request, dossier_id: int) -> Response:
        """What was added, removed or moved. A failed source never reads as removed rows."""
        chosen = _valid(serializers.DiffRange, request.query_params)
        return Response(answers.diff(dossiers.diff(dossier_id, chosen["from"], chosen["to"])))


class RequestDetail(DossierAPI):
    """How a request gets on; made to be polled, so a client may keep the last answer and its ETag."""

    cache_control = {"private": True, "no_cache": True}  # it tells states and times, nothing of the person
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="requests_status",
        parameters=[
            header("If-None-Match", "The ETag of the last answer.", codes=[], given=True),
            header("ETag", "Moves whenever the answer moves.", codes=[200, 304]),
            header("Retry-After", "Seconds; while the request is not finished.", codes=[200, 304]),
        ],
        responses={
            200: serializers.RequestStatus,
            304: OpenApiResponse(None, "Nothing moved since that ETag."),
            **REFUSED,
            **UNKNOWN,
        },
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        """Where a request stands, source by source."""
        current = dossiers.status(request_id)
        headers = {"ETag": dossiers.status_etag(current)}
        if not current.finished:
            headers["Retry-After"] = str(POLL_SECONDS)
        if _matches(request.headers.get("If-None-Match", ""), headers["ETag"]):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(answers.request_status(current), headers=headers)


class RequestCancel(DossierAPI):
    """Takes an ask back."""

    required_scopes = {"POST": REQUEST}

    @extend_schema(
        operation_id="requests_cancel",
        request=None,
        responses={200: serializers.RequestStatus, **REFUSED, **UNKNOWN},
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """End this client's own ask at once; its status is answered. The work goes on only while
        another ask waits for it. One that has ended already stays as it ended."""
        dossiers.cancel(request_id, owner=_owner(request))
        return Response(answers.request_status(dossiers.status(request_id)))


class RequestRetry(DossierAPI):
    """Asks again for what failed."""

    required_scopes = {"POST": REQUEST}

    @extend_schema(
        operation_id="requests_retry",
        request=None,
        parameters=[header("Location", "The status_url.", codes=[202])],
        responses={
            202: serializers.Accepted,
            409: OpenApiResponse(serializers.Problem, "Every source has answered: nothing failed."),
            **REFUSED,
            **UNKNOWN,
        },
    )
    def post(self, request: Request, request_id: UUID) -> Response:
        """Ask only the sources that failed or are stale, and keep the others' blocks: a new request."""
        try:
            return _receipt(request, dossiers.retry(request_id, owner=_owner(request)))
        except dossiers.NothingToRetry as nothing:
            return Response({"detail": str(nothing)}, status.HTTP_409_CONFLICT)


def _receipt(request: Request, accepted: dossiers.Accepted) -> Response:
    status_url = reverse("api-request", [accepted.request_id], request=request)
    receipt = {
        "request_id": str(accepted.request_id),
        "dossier_id": accepted.dossier_id,
        "status_url": status_url,
    }
    return Response(receipt, status.HTTP_202_ACCEPTED, headers={"Location": status_url})


def _valid(shape: type[Serializer[None]], given: Any) -> dict[str, Any]:
    checked = shape(data=given)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def _find(given: Any) -> DossierView | None:
    return dossiers.find(_valid(serializers.Search, given)["cpf"])


def _answer(view: DossierView) -> answers.Json:
    return answers.dossier(view, dossiers.sources())


def _matches(if_none_match: str, etag: str) -> bool:
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in known or "*" in known


def _owner(request: Request) -> str:
    return f"client:{cast(Client, request.auth).client_id}"
