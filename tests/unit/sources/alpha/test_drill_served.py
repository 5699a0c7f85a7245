"""Drills under gunicorn, on real connections: what hangs is held outside of its threads."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import requests
from django.conf import settings

from tests.unit.sources.api import Api
from tests.unit.sources.drill import BATCH

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 2
MARIA = "52998224725"
QUESTION = f'{{"cpfs": ["{MARIA}"]}}'


@dataclass(frozen=True, kw_only=True)
class Served:
    """Alpha under gunicorn, with the tests' database."""

    port: int
    token: str

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """One call on a connection of its own."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(
            method, f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=5, **more
        )

    def switch(self, fault: str, **more: Any) -> None:
        """`POST /drill/`."""
        assert self.ask("POST", "/drill/", json={"fault": fault, **more}).status_code == 200

    def batch(self) -> requests.Response:
        """The batch's answer."""
        return self.ask("POST", BATCH, json={"cpfs": [MARIA]}, stream=True)

    def call(self) -> socket.socket:
        """A connection on which the batch was asked for."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        head = [
            f"POST {BATCH} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self.token}",
            "Content-Type: application/json",
            f"Content-Length: {len(QUESTION)}",
        ]
        connection.sendall("\r\n".join([*head, "", QUESTION]).encode())
        return connection


def gunicorn(port: int, **environ: str) -> "subprocess.Popen[bytes]":
    database = settings.DATABASES["default"]
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    url = f"postgres://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    command = ["gunicorn", "-c", "ops/service/gunicorn.py", "sources.alpha.wsgi:application"]
    command += ["--bind", f"127.0.0.1:{port}", "--threads", str(THREADS), "--no-control-socket"]
    given = {"SERVICE": "alpha", "FAULT_DRILL": "1", "ALPHA_DATABASE_URL": url, **environ}
    return subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **given})


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def served(api: Api) -> Iterator[Served]:
    port = free_port()
    process = gunicorn(port)
    try:
        _wait_for(port, process)
        yield Served(port=port, token=api.token)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + 30
    while not _listens(port):
        assert process.poll() is None, "gunicorn has ended"
        assert time.monotonic() < ends, "gunicorn does not listen"
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def test_calls_that_hang_leave_threads_for_health_and_the_switch(served: Served) -> None:
    served.switch("hang")
    with ExitStack() as stack:
        calls = [stack.enter_context(served.call()) for _ in range(3 * THREADS)]
        for call in calls:
            call.settimeout(0.1)
            with pytest.raises(TimeoutError):
                call.recv(1)
        assert served.ask("GET", "/readyz").status_code == 200
        served.switch("none")
        for call in calls:
            call.settimeout(5)
            assert call.recv(12) == b"HTTP/1.1 503"
    assert served.batch().json() == []


def test_delays_are_not_added_up_by_a_lack_of_threads(served: Served) -> None:
    served.switch("delay", delay=1)
    began = time.monotonic()
    with ExitStack() as stack:
        calls = [stack.enter_context(served.call()) for _ in range(3 * THREADS)]
        assert {call.recv(12) for call in calls} == {b"HTTP/1.1 200"}
    assert 1 <= time.monotonic() - began < 3, "one after the other, two at a time, they would take three"


def test_a_delayed_answer_is_whole(served: Served) -> None:
    served.switch("delay", delay=0.1)
    answer = served.batch()
    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["Content-Type"] == "application/json"


def test_a_cut_call_gets_no_answer(served: Served) -> None:
    served.switch("cut")
    with pytest.raises(requests.ConnectionError):
        served.batch()
    served.switch("none")
    assert served.batch().json() == []


def test_a_trickle_goes_on_until_it_is_switched(served: Served) -> None:
    served.switch("trickle")
    with ExitStack() as stack:
        answers = [stack.enter_context(served.batch()) for _ in range(3 * THREADS)]
        for answer in answers:
            assert next(answer.iter_content(1)) == b"["
        served.switch("none")
        assert {answer.raw.read().strip() for answer in answers} == {b""}


def test_a_truncated_answer_is_whole_as_far_as_http_can_tell(served: Served) -> None:
    served.switch("truncated")
    answer = served.batch()
    assert (answer.content, answer.headers["Content-Length"]) == (b"[", "1")


def test_a_client_that_does_not_want_more_than_it_takes_does_no_harm(served: Served) -> None:
    served.switch("too_large")
    for _ in range(2 * THREADS):
        with served.batch() as answer:
            next(answer.iter_content(65_536))
    assert served.ask("GET", "/readyz").status_code == 200


def test_gunicorn_does_not_start_a_drill_in_production() -> None:
    process = gunicorn(free_port(), ALLOWED_HOSTS="dossier.example.org")
    try:
        assert process.wait(timeout=30) != 0
    finally:
        process.kill()
