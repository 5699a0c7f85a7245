"""Bodies that come in chunks, without a length beforehand (RFC 9112, section 7.1)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from typing import IO, Any
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
_STEP = 1 << 16


def application() -> "Measured":
    """What gunicorn serves, for the service whose settings are chosen."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    return Measured(get_wsgi_application(), limit=limit, larger=settings.LARGER_BODIES)


class Measured:
    """Reads such a body before Django sees the request, as a proxy would: Django takes a request without a
    Content-Length for one without a body.

    Of a body beyond `limit` bytes one byte more than that is kept, so that whoever reads it refuses it as it
    refuses a long one; as much again is thrown away, so that the client gets to read the answer. `larger`
    has other limits by path. It is kept in memory: on the disk it would lie in clear.
    """

    def __init__(
        self, application: Application, *, limit: int, larger: Mapping[str, int] | None = None
    ) -> None:
        self.application, self.limit, self.larger = application, limit, larger or {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Passes on the request, with a length."""
        told = environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if "chunked" in told and environ.get("wsgi.input_terminated"):
            return self._with_length(environ, start_response)
        return self.application(environ, start_response)

    def _with_length(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        limit = self.larger.get(environ.get("PATH_INFO", ""), self.limit)
        with BytesIO() as body:
            length = _copied(environ["wsgi.input"], body, limit + 1)
            if length > limit:
                _copied(environ["wsgi.input"], None, limit)
            body.seek(0)
            measured = {**environ, "wsgi.input": body, "CONTENT_LENGTH": str(length)}
            answer = self.application(measured, start_response)
            try:
                yield from answer
            finally:
                if hasattr(answer, "close"):
                    answer.close()


def _copied(source: Any, target: IO[bytes] | None, most: int) -> int:
    """How many bytes there were, of at most so many."""
    length = 0
    while length < most and (part := source.read(min(_STEP, most - length))):
        length += len(part)
        if target:
            target.write(part)
    return length
