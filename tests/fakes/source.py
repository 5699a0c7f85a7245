"""A programmable source: speaks the batch contract over real HTTP, and misbehaves on command.

As a program (`python -m tests.fakes.source --name alpha --delay 0.2`) it prints its URL and
serves until it is stopped, with a made-up answer for every CPF, or none that can be read.
"""

import argparse
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fakes.people import answer_of

Respond = Callable[["Handler"], None]


@dataclass
class FakeSource:
    """What the fake knows and how it behaves; change it at any time."""

    name: str
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    anyone: bool = False  # make up an answer for every CPF
    delay: float = 0.0
    script: list[Respond] = field(default_factory=list)  # one per coming call, then as usual
    always: Respond | None = None  # every call, instead
    calls: list[list[str]] = field(default_factory=list)  # the CPFs of each batch call
    unlisted: set[str] = field(default_factory=set)  # people whom its list does not name
    lists: Respond | None = None  # how it lists, instead
    tokens_issued: int = 0
    token_delay: float = 0.0
    revoked: set[str] = field(default_factory=set)
    token_seconds: int = 36000
    url: str = ""

    def item(self, cpf: str) -> dict[str, Any] | None:
        """The person's item, or None where the source does not know them."""
        return answer_of(self.name, cpf) if self.anyone else self.people.get(cpf)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: apart, the second waits 40 ms for an acknowledgement
    source: FakeSource

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/api/oauth/token/":
            self._issue()
        elif not self._allowed():
            self.answer(401, {"detail": "no"})
        else:
            self._batch(json.loads(body)["cpfs"])

    def do_GET(self) -> None:
        if not self._allowed():
            self.answer(401, {"detail": "no"})
        elif self.source.lists:
            self.source.lists(self)
        else:
            self._list(**dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

    def _list(self, cursor: str, limit: str) -> None:
        cpfs = sorted(self.source.people.keys() - self.source.unlisted)
        start, stop = int(cursor or 0), int(cursor or 0) + int(limit)
        self.answer(200, {"cpfs": cpfs[start:stop], "next_cursor": str(stop) if stop < len(cpfs) else None})

    def _issue(self) -> None:
        time.sleep(self.source.token_delay)
        self.source.tokens_issued += 1
        token = f"token-{self.source.tokens_issued}"
        self.answer(200, {"access_token": token, "expires_in": self.source.token_seconds})

    def _allowed(self) -> bool:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and token not in self.source.revoked

    def _batch(self, cpfs: list[str]) -> None:
        self.source.calls.append(cpfs)
        respond = self.source.always or (self.source.script.pop(0) if self.source.script else None)
        if respond:
            respond(self)
            return
        time.sleep(self.source.delay)
        self.answer(200, [item for cpf in cpfs if (item := self.source.item(cpf))])

    def answer(self, status: int, value: Any, **headers: str) -> None:
        """Sends a JSON value."""
        self.send(status, json.dumps(value).encode(), **headers)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        """Sends raw bytes."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing: lines would hold what tests do not want to see."""


def status(code: int, **headers: str) -> Respond:
    """Answers with a status and no customers."""
    return lambda handler: handler.answer(code, {"detail": "as told"}, **headers)


def body(raw: bytes) -> Respond:
    """Answers 200 with these bytes."""
    return lambda handler: handler.send(200, raw)


def after(seconds: float, respond: Respond) -> Respond:
    """Answers so much later."""

    def _late(handler: Handler) -> None:
        time.sleep(seconds)
        respond(handler)

    return _late


def cut(handler: Handler) -> None:
    """Closes the connection without an answer."""
    handler.close_connection = True
    handler.connection.shutdown(2)


def trickle(handler: Handler) -> None:
    """Sends a body that never ends, a byte at a time."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    _drip(handler)


def trickle_headers(handler: Handler) -> None:
    """Sends a header that never ends, a byte at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(handler)


def _drip(handler: Handler) -> None:
    handler.close_connection = True
    try:
        for _ in range(600):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what some tests are about."""


def self_signed(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a fake source")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return file


@contextmanager
def serving(source: FakeSource, certificate: Path | None = None) -> Iterator[FakeSource]:
    """Serves on a free port of 127.0.0.1 until the block ends; over TLS with a certificate."""
    handler = type("BoundHandler", (Handler,), {"source": source})
    server = _Server(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    source.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield source
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Serves one fake until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--broken", action="store_true", help="answers no JSON")
    arguments = parser.parse_args()
    fake = FakeSource(arguments.name, anyone=True, delay=arguments.delay)
    if arguments.broken:
        fake.always = after(arguments.delay, body(b"<html>"))
    with serving(fake) as source:
        print(source.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
