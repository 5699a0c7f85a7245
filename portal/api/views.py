"""Dossiers over the API: asking for one, finding it, its versions and their differences; and how the sources
do that they come from."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from orchestrator.records.dossiers import DossierView
from portal.access import dossiers
from portal.api import serializers
from portal.api.base import (
    BUSY,
    GONE,
    INVALID,
    PIN,
    READ,
    REFUSED,
    REQUEST,
    RETRY_LATER,
    UNKNOWN,
    DossierAPI,
    header,
    reader,
    receipt,
    valid,
)
from portal.api.keyed import KEY, KEYED, accepted
from portal.payloads import dossier_json


class DossierList(DossierAPI):
    """Asks for a dossier, or finds one the way the original did."""

    with_query, with_body = ("GET",), ("POST",)
    required_scopes = {"GET": READ, "POST": REQUEST}

    @extend_schema(
        operation_id="dossiers_request",
        request=serializers.AskSerializer,
        parameters=[header("Location", "The status_url.", codes=[202]), RETRY_LATER, *KEY],
        responses={202: serializers.AcceptedSerializer, **INVALID, **REFUSED, **GONE, **BUSY, **KEYED},
    )
    def post(self, request: Request) -> Response:
        """Accept an ask; the work goes on after the answer. Joins a request under way for this CPF."""
        asked = valid(serializers.AskSerializer, request.data)
        return accepted(
            request,
            lambda: receipt(request, dossiers.request(reader(request), **asked)),
            asked=asked,
        )

    @extend_schema(
        operation_id="dossiers_find_legacy",
        deprecated=True,
        parameters=[serializers.SearchSerializer],
        responses={200: serializers.DossierSerializer(many=True), **INVALID, **REFUSED, **GONE},
    )
    def get(self, request: Request) -> Response:
        """The latest version for a CPF, as a list of one or none, like the original answered.

        Unlike the original it asks no source by itself. New clients use the search, which keeps
        the CPF out of the address.
        """
        found = dossiers.find(reader(request), **valid(serializers.SearchSerializer, request.query_params))
        return Response([] if found is None else [_answer(found)])


class DossierSearch(DossierAPI):
    """Finds a dossier without a CPF in the address."""

    with_body = ("POST",)
    required_scopes = {"POST": READ}

    @extend_schema(
        operation_id="dossiers_search",
        request=serializers.SearchSerializer,
        responses={200: serializers.DossierSerializer, **INVALID, **REFUSED, **UNKNOWN, **GONE},
    )
    def post(self, request: Request) -> Response:
        """The latest version of the dossier of a CPF."""
        found = dossiers.find(reader(request), **valid(serializers.SearchSerializer, request.data))
        if found is None:
            raise NotFound
        return Response(_answer(found))


class DossierDetail(DossierAPI):
    """One dossier at its latest version, or as it stood once."""

    with_query = ("GET",)
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="dossiers_get",
        parameters=[serializers.AsOfSerializer],
        responses={200: serializers.DossierSerializer, **INVALID, **REFUSED, **UNKNOWN, **GONE},
    )
    def get(self, request: Request, dossier_id: int) -> Response:
        """A dossier as it stands. Before its first version, `version` is null, and so are the sections.

        With `as_of` the version that stood then, and what it said of itself; 404 where none did, or it is
        none that this client may see.
        """
        at = valid(serializers.AsOfSerializer, request.query_params).get("as_of")
        if at is None:
            return Response(_answer(dossiers.load(reader(request), dossier_id)))
        return Response(_answer(dossiers.load_as_of(reader(request), dossier_id, at)))


class DossierVersion(DossierAPI):
    """One dossier as it stood at a version."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="dossiers_version",
        responses={200: serializers.DossierSerializer, **REFUSED, **UNKNOWN, **GONE},
    )
    def get(self, request: Request, dossier_id: int, number: int) -> Response:
        """A version: its content never changes."""
        return Response(_answer(dossiers.load(reader(request), dossier_id, number)))


class VersionPin(DossierAPI):
    """Keeps a version of a dossier whatever its age, or no longer."""

    required_scopes = {"PUT": PIN, "DELETE": PIN}

    @extend_schema(operation_id="dossiers_pin", request=None, responses={204: None, **REFUSED, **UNKNOWN})
    def put(self, request: Request, dossier_id: int, number: int) -> Response:
        """Pin a version, such as one that a decision was made by: it is not deleted when it is old."""
        dossiers.pin(reader(request), dossier_id, number)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="dossiers_unpin", request=None, responses={204: None, **REFUSED, **UNKNOWN})
    def delete(self, request: Request, dossier_id: int, number: int) -> Response:
        """Let a version go when it is old, as any other."""
        dossiers.pin(reader(request), dossier_id, number, pinned=False)
        return Response(status=status.HTTP_204_NO_CONTENT)


class VersionList(DossierAPI):
    """A dossier's history."""

    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="dossiers_versions",
        responses={200: serializers.VersionSummarySerializer(many=True), **REFUSED, **UNKNOWN},
    )
    def get(self, request: Request, dossier_id: int) -> Response:
        """The versions, newest first."""
        return Response(
            [dossier_json.version(summary) for summary in dossiers.versions(reader(request), dossier_id)]
        )


class DossierDiff(DossierAPI):
    """What changed between two versions."""

    with_query = ("GET",)
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="dossiers_diff",
        parameters=[serializers.DiffRangeSerializer],
        responses={200: serializers.DiffSerializer, **INVALID, **REFUSED, **UNKNOWN, **GONE},
    )
    def get(self, request: Request, dossier_id: int) -> Response:
        """What was added, removed or moved. A failed source never reads as removed rows."""
        chosen = valid(serializers.DiffRangeSerializer, request.query_params)
        found = dossiers.diff(reader(request), dossier_id, chosen["from"], chosen["to"])
        return Response(dossier_json.diff(found))


class SourceList(DossierAPI):
    """The sources' health, by the calls that were made to them."""

    with_query = ("GET",)
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="sources_health",
        parameters=[serializers.HealthRangeSerializer],
        responses={200: serializers.SourceHealthSerializer(many=True), **INVALID, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """How each source did during the last hours, and whether it is called at all just now.

        Kept copies are no calls; those of runs are, and are told apart in `bulk`. Latencies are those
        of the calls that were answered.
        """
        hours = valid(serializers.HealthRangeSerializer, request.query_params)["hours"]
        found = dossiers.source_health(reader(request), hours)
        return Response([dossier_json.source_health(health) for health in found])


def _answer(view: DossierView) -> dossier_json.Json:
    return dossier_json.dossier(view, dossiers.sources())
