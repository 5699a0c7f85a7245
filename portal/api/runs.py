"""Runs over the API: starting one over everybody or over a list, how one gets on, steering it."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import IO, Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from ops.service.api.bodies import dumps, require_utf8
from orchestrator.records.runs import RunStatus
from portal.access import runs
from portal.api import run_serializers, serializers
from portal.api.base import (
    GONE,
    INVALID,
    OFTEN,
    REFUSED,
    RUN,
    UNKNOWN,
    DossierAPI,
    PollLimit,
    header,
    is_known,
    reader,
    valid,
)
from portal.api.keyed import KEY, KEYED, accepted, key_of
from portal.forms import require_one_file
from portal.payloads import run_json

POLL_SECONDS = 2
_LOCATION = header("Location", "The status_url.", codes=[202])


class RunList(DossierAPI):
    """Starts a run over everybody, or lists the runs."""

    with_query, with_body = ("GET",), ("POST",)
    required_scopes = {"GET": RUN, "POST": RUN}

    @extend_schema(
        operation_id="runs_start",
        request=run_serializers.RunAskSerializer,
        parameters=[_LOCATION, *KEY],
        responses={202: run_serializers.RunAcceptedSerializer, **INVALID, **REFUSED, **KEYED},
    )
    def post(self, request: Request) -> Response:
        """Refresh everybody's dossier; the work goes on after the answer. Where such a run is active
        already, it is that one."""
        valid(run_serializers.RunAskSerializer, request.data)
        return accepted(request, lambda: _receipt(request, runs.refresh(reader(request))))

    @extend_schema(
        operation_id="runs_list",
        parameters=[run_serializers.RunRangeSerializer],
        responses={200: run_serializers.RunSummarySerializer(many=True), **INVALID, **REFUSED},
    )
    def get(self, request: Request) -> Response:
        """The runs, newest first. For the next page give the last one's id as `before`."""
        chosen = valid(run_serializers.RunRangeSerializer, request.query_params)
        newest = runs.latest(reader(request), chosen["limit"], before=chosen.get("before"))
        return Response([run_json.summary(each) for each in newest])


class ListParser(MultiPartParser):
    """A form in UTF-8. What is far too large has been refused before (`LARGER_BODIES`); what is too large for
    a list, the list's reader names."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The form and its file, in memory; raises ParseError."""
        require_utf8(media_type)
        return super().parse(stream, media_type, parser_context)


class ListUploads(DossierAPI):
    """Starts a run over an uploaded list."""

    parser_classes = [ListParser]
    with_body = ("POST",)
    required_scopes = {"POST": RUN}

    @extend_schema(
        operation_id="runs_upload",
        request={"multipart/form-data": run_serializers.ListUploadSerializer},
        parameters=[_LOCATION, *KEY],
        responses={202: run_serializers.ListAcceptedSerializer, **INVALID, **REFUSED, **KEYED},
    )
    def post(self, request: Request) -> Response:
        """Build a list of CPFs; the work goes on after the answer. Bad rows do not spoil the others:
        they are told by `rejected`. Without an Idempotency-Key the same list for the same purpose is,
        while its run goes on and for ten minutes, that run: `existing` says so."""
        require_one_file(request.FILES)
        given = valid(run_serializers.ListUploadSerializer, request.data)
        purpose, name = given.pop("purpose"), given["file"].name
        listed = runs.read_list(reader(request), **given)  # which may take too long for a transaction

        def start() -> Response:
            is_anew = key_of(request) is not None
            started = runs.start_list(reader(request), listed, purpose=purpose, anew=is_anew, file_name=name)
            return _receipt(request, started.run_id, existing=started.existing)

        return accepted(request, start, asked=[listed.digest.hex(), purpose])


class RunDetail(DossierAPI):
    """How a run gets on; made to be polled, so a client may keep the last answer and its ETag."""

    cache_control = {"private": True, "no_cache": True}  # it tells counts and times, nothing of a person
    required_scopes = {"GET": RUN}
    throttle_classes = [PollLimit]

    @extend_schema(
        operation_id="runs_status",
        parameters=[
            header("If-None-Match", "The ETag of the last answer.", codes=[], given=True),
            header("ETag", "Moves whenever the answer moves.", codes=[200, 304]),
            header("Retry-After", "Seconds; while the run is not finished.", codes=[200, 304, 429]),
        ],
        responses={
            200: run_serializers.RunStatusSerializer,
            304: OpenApiResponse(None, "Nothing moved since that ETag."),
            **REFUSED,
            **UNKNOWN,
            **OFTEN,
        },
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Where a run stands, source by source."""
        current = runs.status(reader(request), run_id)
        answer = _told(request, current)
        headers = {"ETag": f'"{blake2b(dumps(answer), digest_size=12).hexdigest()}"'}
        if not current.finished:
            headers["Retry-After"] = str(POLL_SECONDS)
        if is_known(request, headers["ETag"]):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(answer, headers=headers)


class RunPause(DossierAPI):
    """Pauses a run."""

    required_scopes = {"POST": RUN}

    @extend_schema(
        operation_id="runs_pause",
        request=None,
        responses={200: run_serializers.RunStatusSerializer, **REFUSED, **UNKNOWN},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Begin no more of a run until it is resumed; what is under way ends. Its status is answered."""
        runs.pause(reader(request), run_id)
        return Response(_told(request, runs.status(reader(request), run_id)))


class RunResume(DossierAPI):
    """Lets a paused run go on."""

    required_scopes = {"POST": RUN}

    @extend_schema(
        operation_id="runs_resume",
        request=None,
        responses={200: run_serializers.RunStatusSerializer, **REFUSED, **UNKNOWN},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Go on with a paused run, also with one that paused by itself. Its status is answered."""
        runs.resume(reader(request), run_id)
        return Response(_told(request, runs.status(reader(request), run_id)))


class RunCancel(DossierAPI):
    """Ends a run."""

    required_scopes = {"POST": RUN}

    @extend_schema(
        operation_id="runs_cancel",
        request=None,
        responses={200: run_serializers.RunStatusSerializer, **REFUSED, **UNKNOWN},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """End a run at once: what it has saved stands. One that has ended already stays as it ended."""
        runs.cancel(reader(request), run_id)
        return Response(_told(request, runs.status(reader(request), run_id)))


class RunRetry(DossierAPI):
    """Asks again for what failed in a run."""

    required_scopes = {"POST": RUN}

    @extend_schema(
        operation_id="runs_retry",
        request=None,
        parameters=[_LOCATION, *KEY],
        responses={
            202: run_serializers.RunAcceptedSerializer,
            **KEYED,
            409: OpenApiResponse(
                serializers.ProblemSerializer,
                "Nothing failed, or the run has not ended. Or the same key is being worked on.",
            ),
            **REFUSED,
            **UNKNOWN,
            **GONE,
        },
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Ask again, for those who failed or are partial, only the sources that failed: a new run."""
        runs.require_retry(reader(request), run_id)  # what is keyed is undone: the record of a miss is not
        return accepted(request, lambda: _receipt(request, runs.retry_failed(reader(request), run_id)))


def _told(request: Request, current: RunStatus) -> dict[str, Any]:
    """A run's status, with its file's name for who may see its members."""
    names = runs.file_names(reader(request), [current])
    return run_json.run_status(current, names.get(current.id))


def _receipt(request: Request, run_id: int, **more: bool) -> Response:
    status_url = reverse("api-run", [run_id], request=request)
    body = {"run_id": run_id, "status_url": status_url, **more}
    return Response(body, status.HTTP_202_ACCEPTED, headers={"Location": status_url})
