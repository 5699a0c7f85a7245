"""What is answered where gunicorn could not read a request: a problem as any other, which quotes nothing."""

import json
from typing import Any

from gunicorn import util

_CODES = {403: "forbidden", 414: "uri_too_long", 431: "headers_too_large", 500: "internal_error"}
_HEADERS = """\
HTTP/1.1 {status} {reason}\r
Connection: close\r
Content-Type: application/problem+json\r
Content-Language: en\r
Content-Length: {length}\r
Cache-Control: no-store, private\r
Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r
X-Content-Type-Options: nosniff\r
\r
"""


def answer(connection: Any, status: int, reason: str, _message: str) -> None:
    """In the place of gunicorn's own page (`gunicorn.util.write_error`), whose message quotes the request."""
    code = _CODES.get(status, "bad_request")
    problem = {
        "type": f"/api/problems/{code}/",
        "title": reason,
        "status": status,
        "detail": "The request could not be read.",
        "code": code,
        "errors": [],
    }
    body = json.dumps(problem)
    headers = _HEADERS.format(status=status, reason=reason, length=len(body))
    util.write_nonblock(connection, (headers + body).encode("latin-1"))
