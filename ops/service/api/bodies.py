"""JSON in and out, by orjson: fast, and strict about what it reads."""

import codecs
import json
import re
from collections.abc import Mapping
from email.message import Message
from typing import IO, Any

import orjson
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

DEEPEST = 50  # as of a source's answer
# A text, or what is left of one that never ends: tried once, wherever it begins.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+\\?(?:"|\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[{\]}]")


class BodyTooLarge(APIException):
    """The body is longer than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The body is too large.")
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """Refuses NaN, lone surrogates, nesting deeper than DEEPEST, a key given twice, another charset than
    UTF-8 and bodies beyond the limit, all with a 4xx."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body; ParseError says no more than that it is not JSON."""
        require_utf8(media_type)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        if is_deeper(body, DEEPEST):
            raise ParseError(_("The body is nested too deeply."))
        try:
            parsed = orjson.loads(body)
            # orjson takes the last of several, and has no hook.
            json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)
        except (orjson.JSONDecodeError, RecursionError):
            raise ParseError(_("The body is not valid JSON.")) from None
        return parsed


def is_deeper(body: bytes, most: int) -> bool:
    """Whether lists and objects stand in each other deeper than that, known without reading the JSON."""
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(_TEXT.sub(b"", body)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > most:
            return True
    return False


def require_utf8(content_type: str | None) -> None:
    """Raises UnsupportedMediaType where a Content-Type names another charset than UTF-8."""
    header = Message()
    header["Content-Type"] = content_type or ""
    charset = header.get_param("charset", "utf-8")
    try:
        is_utf8 = codecs.lookup(str(charset)).name == "utf-8"
    except LookupError:
        is_utf8 = False
    if not is_utf8:
        raise UnsupportedMediaType(content_type or "", _("A body is in UTF-8; this one says that it is not."))


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Raises ValidationError that names a key which an object has twice, however it is written."""
    seen: set[str] = set()
    for key, _value in pairs:
        if key in seen:
            raise ValidationError({key: [_("This is given more than once.")]}, "duplicate")
        seen.add(key)


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
        return b"" if data is None else dumps(data)
