"""How the sources do, over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from orchestrator import dossiers
from portal.api import serializers
from portal.api.base import INVALID, READ, REFUSED, DossierAPI, valid
from portal.payloads import dossier_json


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
        return Response([dossier_json.source_health(health) for health in dossiers.source_health(hours)])
