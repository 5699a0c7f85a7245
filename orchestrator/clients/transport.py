"""One HTTP call within limits: connect, read and total time, bytes, no redirects.

`requests` bounds each wait for bytes, not their sum: a body, or a header, that trickles could
hold a worker for ever. So the sockets here give up at the end of the whole call, too.
"""

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ReadTimeoutError

from orchestrator import conf, hosts
from orchestrator.errors import BadAnswer, TimedOut, TooLarge, Unreachable

_CHUNK_BYTES = 64 * 1024
_POOLED_CONNECTIONS = 32
# Unfolded piece by piece, so that no answer takes more memory than its limit, whatever it unfolds to.
_ENCODINGS = ("gzip", "deflate")
_call = threading.local()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; `retry_after` in seconds, if the server asked for a pause."""

    status: int
    body: bytes
    retry_after: float | None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a call may take: until a monotonic instant, so long without a byte, so many bytes."""

    ends_at: float
    read_seconds: float
    bytes: int

    @classmethod
    def single(cls, ends_at: float | None = None) -> "Limits":
        """Of a call about one person, or for a token."""
        ends = time.monotonic() + conf.CALL_SECONDS if ends_at is None else ends_at
        return cls(ends_at=ends, read_seconds=conf.READ_SECONDS, bytes=conf.ANSWER_BYTES)

    @classmethod
    def bulk(cls) -> "Limits":
        """Of a call about many people."""
        seconds = conf.RUN_CALL_SECONDS
        return cls(ends_at=time.monotonic() + seconds, read_seconds=seconds, bytes=conf.RUN_ANSWER_BYTES)


class _BoundedSocket(socket.socket):
    def recv_into(self, *args: Any) -> int:
        left: float = _call.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole call took too long")
        self.settimeout(min(_call.read_seconds, left))
        return super().recv_into(*args)


class _BoundedTLSSocket(_BoundedSocket, ssl.SSLSocket):
    """The same over TLS: what it reads with is SSLSocket's."""


class _GuardedConnection(HTTPConnection):
    """Connects to no host that no source may have, whatever its name stands for by now."""

    def _new_conn(self) -> socket.socket:
        if hosts.leads_astray(self.host, self.port):
            raise Unreachable(f"the host {hosts.WHY_NOT}")
        connected = super()._new_conn()
        if hosts.is_forbidden(str(connected.getpeername()[0])):  # the name was looked up a second time
            connected.close()
            raise Unreachable(f"the host {hosts.WHY_NOT}")
        return connected


class _BoundedConnection(_GuardedConnection):
    def _new_conn(self) -> socket.socket:
        return _BoundedSocket(fileno=super()._new_conn().detach())


class _TLSConnection(HTTPSConnection, _GuardedConnection):
    pass


class _BoundedPool(HTTPConnectionPool):
    ConnectionCls = _BoundedConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _BoundedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        tls = ssl.create_default_context(cafile=conf.CA_BUNDLE or certifi.where())
        tls.sslsocket_class = _BoundedTLSSocket
        super().init_poolmanager(*args, **kwargs, ssl_context=tls)
        self.poolmanager.pool_classes_by_scheme = {
            **self.poolmanager.pool_classes_by_scheme,
            "http": _BoundedPool,
            "https": _TLSPool,
        }


class Transport:
    """Pooled connections to one server."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False  # no proxies, no .netrc
        self._session.verify = conf.CA_BUNDLE or True
        self._session.headers["Accept-Encoding"] = ", ".join(_ENCODINGS)
        self._session.adapters.clear()  # nothing else is ever called
        self._session.mount(base_url, _BoundedAdapter(pool_maxsize=_POOLED_CONNECTIONS))

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        limits: Limits,
        body: bytes | None = None,
    ) -> Answer:
        """Calls and reads the whole answer.

        Raises Unreachable, TimedOut, TooLarge and BadAnswer (a redirect, a broken encoding); any
        other status is the caller's to judge.
        """
        _call.ends_at, _call.read_seconds = limits.ends_at, limits.read_seconds
        left = max(0.001, limits.ends_at - time.monotonic())
        try:
            with self._session.request(
                method,
                self._base_url + path,
                data=body,
                headers=headers,
                timeout=(min(conf.CONNECT_SECONDS, left), min(limits.read_seconds, left)),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _read(response, limits.bytes)
        except requests.ConnectTimeout:
            raise TimedOut("no connection in time") from None
        except requests.Timeout:
            raise TimedOut("nothing came for too long") from None
        except requests.exceptions.ContentDecodingError:
            raise BadAnswer("the answer's encoding is broken") from None
        except requests.ConnectionError as error:
            raise (TimedOut if _timed_out(error) else Unreachable) from None
        except requests.RequestException as error:
            raise Unreachable(type(error).__name__) from None


def _timed_out(error: requests.ConnectionError) -> bool:
    """`requests` wraps a time-out amid a body, and one of our own sockets, as a connection error."""
    cause: object = error.args[0] if error.args else None
    reasons = (cause, *getattr(cause, "args", ()))
    return any(isinstance(reason, TimeoutError | ReadTimeoutError) for reason in reasons)


def _read(response: requests.Response, limit: int) -> Answer:
    if 300 <= response.status_code < 400:
        raise BadAnswer("a redirect", status_code=response.status_code)
    if response.headers.get("Content-Encoding", "identity").lower() not in (*_ENCODINGS, "identity"):
        raise BadAnswer("an encoding that was not asked for", status_code=response.status_code)
    body = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"more than {limit} bytes", status_code=response.status_code)
        if time.monotonic() > _call.ends_at:
            raise TimedOut("the answer took too long", status_code=response.status_code)
    pause = seconds_to_wait(response.headers.get("Retry-After"), response.headers.get("Date"))
    return Answer(status=response.status_code, body=bytes(body), retry_after=pause)


def seconds_to_wait(header: str | None, date: str | None) -> float | None:
    """`Retry-After`, seconds or a date (RFC 9110, 10.2.3); None where absent or unreadable.

    A date is taken against the answer's own `Date`, so that our clock does not matter.
    """
    if not header:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    moment, now = _moment(header), _moment(date or "") or datetime.now(UTC)
    return max(0.0, (moment - now).total_seconds()) if moment else None


def _moment(header: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
