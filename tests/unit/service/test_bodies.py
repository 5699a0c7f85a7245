"""What a body may look like: strict JSON, in UTF-8, of a bounded length, however it is sent."""

import io
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import ClientHandler, encode_multipart

from ops.service.serving.chunked import Measured
from tests.problems import fields
from tests.unit.service.conftest import bearer, create

LIMIT = 2000


@pytest.mark.parametrize(
    "body",
    [
        b'{"wrong": "list", "wrong": "field"}',
        rb'{"wrong": "list", "\u0077rong": "field"}',
        b'{"wrong": "list", "rows": [{"wrong": 1, "wrong": 1}]}',
    ],
)
def test_a_key_given_twice_is_refused_by_name_however_it_is_written(http: Client, body: bytes) -> None:
    answer = http.post("/echo/1/", body, "application/json", headers=bearer(http, "dossier:request"))
    assert (answer.status_code, fields(answer)) == (400, ["wrong"])
    assert answer.json()["errors"][0]["code"] == "duplicate"


@pytest.mark.parametrize("body", [b"[" * 1020 + b"]" * 1020, b'{"wrong": ' + b"9" * 5000 + b"}"])
def test_what_python_s_own_reader_cannot_hold_is_no_fault_of_ours(http: Client, body: bytes) -> None:
    headers = bearer(http, "dossier:request")
    assert http.post("/echo/1/", body, "application/json", headers=headers).status_code in (400, 500)


@pytest.mark.parametrize(
    ("charset", "status"),
    [("utf-8", 400), ("UTF8", 400), ('"utf-8"', 400), ("latin-1", 415), ("utf-16", 415), ("nonsense", 415)],
)
def test_a_body_that_says_it_is_not_utf8_is_not_guessed_at(http: Client, charset: str, status: int) -> None:
    kind = f"application/json; charset={charset}"
    headers = bearer(http, "dossier:request")
    answer = http.generic("POST", "/echo/1/", b'{"wrong": "field"}', kind, headers=headers)
    assert answer.status_code == status
    token = http.generic(
        "POST", "/api/oauth/token/", b"a=1", f"application/x-www-form-urlencoded; charset={charset}"
    )
    assert token.status_code == (415 if status == 415 else 400)


def served(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The service, without what ends a test's transaction."""
    answer: Any = ClientHandler()(environ)
    start_response(f"{answer.status_code} X", list(answer.items()))
    return [answer.content]


class Gunicorn:
    """Calls the service as gunicorn does with a body that came in chunks."""

    def __init__(self) -> None:
        self.application = Measured(served, limit=LIMIT, larger={"/larger/": 2 * LIMIT})
        self.left = b""

    def post(self, path: str, body: bytes, content_type: str, authorization: str = "") -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        stream, told = io.BytesIO(body), []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "CONTENT_TYPE": content_type,
            "HTTP_TRANSFER_ENCODING": "chunked",
            "HTTP_AUTHORIZATION": authorization,
            "wsgi.input": stream,
            "wsgi.input_terminated": True,
            "wsgi.url_scheme": "http",
        }
        content = b"".join(self.application(environ, lambda status, *_: told.append(status)))  # type: ignore[arg-type]
        self.left = stream.read()
        return int(told[0][:3]), json.loads(content)


def test_a_body_in_chunks_is_read(http: Client) -> None:
    token = bearer(http, "dossier:request")["Authorization"]
    status, body = Gunicorn().post("/echo/1/", b'{"wrong": "field"}', "application/json", token)
    assert (status, body["errors"][0]["field"]) == (400, "name")


def test_a_token_is_given_for_a_form_in_chunks() -> None:
    body = urlencode({"grant_type": "client_credentials", **create("dossier:read")}).encode()
    status, answer = Gunicorn().post("/api/oauth/token/", body, "application/x-www-form-urlencoded")
    assert (status, answer.get("token_type")) == (200, "Bearer"), answer


@pytest.mark.parametrize(("more", "status"), [(-1, 400), (0, 400), (1, 413), (LIMIT, 413)])
def test_a_body_in_chunks_is_refused_beyond_the_limit_as_any_other(
    http: Client, monkeypatch: pytest.MonkeyPatch, more: int, status: int
) -> None:
    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_MEMORY_SIZE", LIMIT)
    body = b'{"wrong": "field"}'.ljust(LIMIT + more)
    gunicorn = Gunicorn()
    token = bearer(http, "dossier:request")["Authorization"]
    assert gunicorn.post("/echo/1/", body, "application/json", token)[0] == status
    assert gunicorn.left == b"", "the client could not read its answer"


def test_no_more_is_read_of_an_endless_body_than_the_limit_and_as_much_again() -> None:
    gunicorn = Gunicorn()
    gunicorn.post("/echo/1/", b" " * 10 * LIMIT, "application/json")
    assert len(gunicorn.left) == 8 * LIMIT - 1


def test_a_form_beyond_the_limit_is_too_large_and_not_merely_bad(
    http: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_MEMORY_SIZE", 100)
    answer = http.post(
        "/api/oauth/token/", encode_multipart("x", {"scope": "y" * 200}), "multipart/form-data; boundary=x"
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
