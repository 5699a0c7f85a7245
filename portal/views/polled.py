"""Pages with a part that polls: a poll is answered only where something moved."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from portal.views.guard import HtmxRequest


def polled(
    request: HtmxRequest, shown: object, *, page: str, part: str, context: Mapping[str, Any]
) -> HttpResponse:
    """The whole page, or to a poll its part, or 304 where the browser has it as it is.

    `shown` is all that moves in the part. It holds texts in the page's language, so that it reads
    otherwise whenever the part does. The template finds what its next poll sends in `headers`.
    """
    etag = f'"{hashlib.blake2b(repr(shown).encode(), digest_size=12).hexdigest()}"'
    if request.htmx and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    headers = json.dumps({"If-None-Match": etag})
    response = render(request, part if request.htmx else page, {**context, "headers": headers})
    response["ETag"] = etag
    patch_vary_headers(response, ["HX-Request"])
    return response
