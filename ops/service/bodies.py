"""JSON in and out, by orjson: fast, and strict about what it reads."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer


class TooLarge(APIException):
    """The body is longer than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """Refuses NaN, lone surrogates, deep nesting and bodies beyond the limit, all with a 4xx."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body; ParseError says no more than that it is not JSON."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise ParseError("The body is not valid JSON.") from None


def dumps(data: Any) -> bytes:
    """UTF-8 JSON, with dates as ISO 8601 and UTC as Z; Decimals are for serializers to turn into what
    their API answers."""
    return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


class FastJSONRenderer(BaseRenderer):
    """JSON by `dumps`."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The data as UTF-8 JSON; nothing for an answer without a body."""
        if data is None:
            return b""
        return dumps(data)
