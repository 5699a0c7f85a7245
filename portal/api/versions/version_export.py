"""One version of a dossier as a file, over the API."""

from django.http import HttpResponse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from portal.api.base import (
    GONE,
    INVALID,
    OFTEN,
    READ,
    REFUSED,
    RETRY_LATER,
    UNKNOWN,
    AnyAccept,
    DossierAPI,
    header,
    reader,
    valid,
)
from portal.exports import dossier_files


class ExportFormatSerializer(serializers.Serializer[None]):
    """What file to make."""

    format = serializers.ChoiceField(
        choices=list(dossier_files.FORMATS),
        default="pdf",
        error_messages={"invalid_choice": _("Escolha um destes formatos: pdf, xlsx, csv, json.")},
    )


class VersionExport(DossierAPI):
    """A version, to be taken away."""

    content_negotiation_class = AnyAccept
    with_query = ("GET",)
    required_scopes = {"GET": READ}

    @extend_schema(
        operation_id="dossiers_version_export",
        parameters=[
            ExportFormatSerializer,
            header("Content-Disposition", "An attachment, with a name that tells nothing.", codes=[200]),
            RETRY_LATER,
        ],
        responses={
            **{
                (200, kind.split(";")[0]): OpenApiResponse(OpenApiTypes.BINARY, "The file.")
                for kind in dossier_files.FORMATS.values()
            },
            **INVALID,
            **REFUSED,
            **UNKNOWN,
            **GONE,
            **OFTEN,
        },
    )
    def get(self, request: Request, dossier_id: int, number: int) -> HttpResponse:
        """A version as PDF (tagged, PDF/A-3a, PDF/UA-1), XLSX or CSV in the language of the request; or as
        JSON: the version as this API answers it, without `latest_version`, `completeness`, `checked_at` and
        `contested`, and with nothing of `blocks` but `presence`. These move; the rest never does. The JSON is
        attached to the PDF, which prints its SHA-256.

        Debts older than five years are in the JSON alone; the others tell their number.
        """
        chosen = valid(ExportFormatSerializer, request.query_params)
        return dossier_files.download(
            reader(request), dossier_id, number, chosen["format"], language=get_language(), at=now()
        )
