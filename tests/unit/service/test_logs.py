"""What may be logged: routes and types, never addresses, payloads or messages."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.logs import captured
from tests.unit.service.conftest import bearer

CPF = "52998224725"


@pytest.fixture
def lines() -> Callable[[], list[dict[str, Any]]]:
    """Reads what went to the log since the last look, in which no CPF may be."""
    read = captured()

    def look() -> list[dict[str, Any]]:
        told = read()
        assert CPF not in str(told)
        return told

    return look


def test_the_access_log_names_the_route_and_the_client(http: Client, lines: Any) -> None:
    headers = bearer(http, "dossier:read")
    lines()
    http.get(f"/echo/{CPF}/?cpf={CPF}", headers=headers)
    (line,) = lines()
    assert (line["method"], line["route"], line["status"]) == ("GET", "echo/<str:secret>/", 200)
    assert line["client"]
    assert line["ms"] >= 0


def test_every_line_of_a_request_carries_its_id_and_the_client_s_and_no_other_s(
    http: Client, lines: Any
) -> None:
    headers = bearer(http, "dossier:request")
    lines()
    seen = []
    for _ in range(2):
        http.post(f"/echo/{CPF}/", {"wrong": "fault"}, "application/json", headers=headers)
        told = lines()
        assert {line["level"] for line in told} == {"error", "info"}  # the fault, and the access
        ((request, client),) = {(line["request"], line["client"]) for line in told}
        assert client
        seen.append(request)
    assert len(set(seen)) == 2


def test_nothing_of_a_request_is_left_for_the_next_line_of_its_thread(http: Client, lines: Any) -> None:
    http.get(f"/echo/{CPF}/", headers=bearer(http, "dossier:read"))
    lines()
    logging.getLogger("gunicorn.error").info("Worker exiting")
    (line,) = lines()
    assert not {"request", "client", "user"} & set(line)


def test_a_request_s_id_is_ours_whatever_the_client_calls_it(http: Client, lines: Any) -> None:
    for _ in range(2):
        http.get("/healthz", headers={"X-Request-ID": CPF})
    first, second = lines()
    assert first["request"] != second["request"]


def test_an_unknown_address_is_not_logged(http: Client, lines: Any) -> None:
    http.get(f"/nowhere/{CPF}/")
    assert [(line["route"], line["status"]) for line in lines()] == [(None, 404)]


@pytest.mark.parametrize("wrong", ["fault", "sql"])
def test_a_fault_is_logged_by_type_and_frames_without_its_message(
    http: Client, lines: Any, wrong: str
) -> None:
    headers = bearer(http, "dossier:request")
    answer = http.post(f"/echo/{CPF}/", {"wrong": wrong}, "application/json", headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (500, "Internal error.")
    fault = next(line for line in lines() if line["level"] == "error")
    assert fault["event"] == "request failed"
    assert any("urls.py" in frame for error in fault["exception"] for frame in error["frames"])


@pytest.mark.parametrize(
    "message", [f"Invalid request from ip=127.0.0.1: GET /x/{CPF}", f"Error handling request /x/{CPF}"]
)
def test_gunicorn_cannot_log_an_address(lines: Any, message: str) -> None:
    logging.getLogger("gunicorn.error").warning(message)
    assert [line["event"] for line in lines()] == ["request could not be read or answered"]


def test_what_gunicorn_says_of_itself_is_logged(lines: Any) -> None:
    logging.getLogger("gunicorn.error").info("Listening at: %s", "port 1")
    assert [line["event"] for line in lines()] == ["Listening at: port 1"]
