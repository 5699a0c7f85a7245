"""What became of whom in a run, over the API: streamed, because a run may be over everybody."""

from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from ops.service.access.authentication import all_of
from ops.service.api.bodies import dumps
from portal.access import runs
from portal.api import run_serializers
from portal.api.base import (
    GONE,
    INVALID,
    READ,
    REFUSED,
    RUN,
    UNKNOWN,
    AnyAccept,
    DossierAPI,
    header,
    reader,
    valid,
)
from portal.exports import files
from portal.exports.results import batched
from portal.payloads import run_json
from portal.payloads.dossier_json import Json


class RunFailed(DossierAPI):
    """Who failed or is partial."""

    required_scopes = {"GET": RUN}

    @extend_schema(
        operation_id="runs_failed",
        responses={200: run_serializers.RunMemberSerializer(many=True), **REFUSED, **UNKNOWN, **GONE},
    )
    def get(self, request: Request, run_id: int) -> StreamingHttpResponse:
        """The dossiers that lack some source's answer, with the reason by source."""
        return _array(
            run_json.member(each) for each in runs.members(reader(request), run_id, only_failed=True)
        )


class RunRejected(DossierAPI):
    """The bad rows of a list."""

    required_scopes = {"GET": RUN}

    @extend_schema(
        operation_id="runs_rejected",
        responses={200: run_serializers.RejectedLineSerializer(many=True), **REFUSED, **UNKNOWN, **GONE},
    )
    def get(self, request: Request, run_id: int) -> StreamingHttpResponse:
        """The rows of an uploaded list that are not built, in the order of the file; empty for other runs.

        Repetitions of a CPF are among them: it is built once.
        """
        language = get_language()
        return _array(
            run_json.rejected(each, language) for each in runs.rejected_lines(reader(request), run_id)
        )


class RunResults(DossierAPI):
    """A run's results as a file."""

    content_negotiation_class = AnyAccept
    with_query = ("GET",)
    required_scopes = {"GET": all_of(RUN, READ)}

    @extend_schema(
        operation_id="runs_results",
        parameters=[
            run_serializers.ResultsFormatSerializer,
            header("Content-Disposition", "An attachment, with a name.", codes=[200]),
        ],
        responses={
            **{
                (200, kind.split(";")[0]): OpenApiResponse(OpenApiTypes.BINARY, "The file.")
                for kind in files.FORMATS.values()
            },
            **INVALID,
            **REFUSED,
            **UNKNOWN,
            **GONE,
        },
    )
    def get(self, request: Request, run_id: int) -> StreamingHttpResponse:
        """Every row of a run's list once, in the order of the file, bad ones too; or every dossier of another
        run (in JSON Lines as this API answers it), as the run left it."""
        chosen = valid(run_serializers.ResultsFormatSerializer, request.query_params)
        return files.download(reader(request), run_id, chosen["format"], get_language())


def _array(items: Iterable[Json]) -> StreamingHttpResponse:
    return StreamingHttpResponse(_written(items), content_type="application/json")


def _written(items: Iterable[Json]) -> Iterator[bytes]:
    """A JSON array, some items at a time."""
    before = b"["
    for part in batched(items):
        yield before + b",\n".join(dumps(item) for item in part)
        before = b",\n"
    yield b"[]" if before == b"[" else b"]"
