"""Decisions by a version of a dossier, over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from ops.service.access.authentication import all_of
from portal.access.desk import decisions
from portal.api import serializers
from portal.api.base import GONE, INVALID, READ, REFUSED, REQUEST, UNKNOWN, DossierAPI, reader, valid
from portal.payloads import dossier_json


class VersionDecisions(DossierAPI):
    """What was decided by a version, or noted on it."""

    with_body = ("POST",)
    required_scopes = {"GET": READ, "POST": all_of(REQUEST, READ)}

    @extend_schema(
        operation_id="dossiers_decisions",
        responses={200: serializers.DecisionSerializer(many=True), **REFUSED, **UNKNOWN, **GONE},
    )
    def get(self, request: Request, dossier_id: int, number: int) -> Response:
        """The decisions and notes of a version, the newest first."""
        found = decisions.of_version(reader(request), dossier_id, number)
        return Response([dossier_json.decision(each) for each in found])

    @extend_schema(
        operation_id="dossiers_decide",
        request=serializers.DecideSerializer,
        responses={201: serializers.DecisionSerializer, **INVALID, **REFUSED, **UNKNOWN, **GONE},
    )
    def post(self, request: Request, dossier_id: int, number: int) -> Response:
        """Write down a decision or a note: it stands as it is written, and keeps its version.

        The same again within ten minutes, with nothing decided since, is the first.
        """
        asked = valid(serializers.DecideSerializer, request.data)
        made = decisions.decide(reader(request), dossier_id, number, **asked)
        return Response(dossier_json.decision(made), status.HTTP_201_CREATED)
