"""Health."""

import threading
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from ops.service.serving import health
from tests.problems import fields


def test_alive_needs_no_token_and_no_store(http: Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(http: Client, path: str) -> None:
    answer = http.post(path)
    assert (answer.status_code, fields(answer)) == (405, [])


@pytest.fixture
def hanging() -> Iterator[None]:
    """A dependency that does not answer until the test is over."""
    yield
    RELEASED.set()


RELEASED = threading.Event()


def well() -> None:
    """A dependency that is there."""


def away() -> None:
    """A dependency that is not."""
    raise ConnectionError("private: 10.0.0.1")


def hangs() -> None:
    """A dependency that keeps one waiting."""
    RELEASED.wait(10)


def readiness(monkeypatch: pytest.MonkeyPatch, **checks: str) -> None:
    paths = {name: f"{__name__}.{check}" for name, check in checks.items()}
    monkeypatch.setattr(settings, "READINESS", paths)


def test_ready_where_every_dependency_answers(http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    readiness(monkeypatch, one="well", two="well")
    answer = http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "dependencies": {"one": "ok", "two": "ok"}}


def test_not_ready_names_the_dependency_and_nothing_private(
    http: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness(monkeypatch, one="well", two="away")
    answer = http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "dependencies": {"one": "ok", "two": "unavailable"}}


def test_a_dependency_that_hangs_does_not_make_readiness_hang(
    http: Client, monkeypatch: pytest.MonkeyPatch, hanging: None
) -> None:
    readiness(monkeypatch, one="hangs")
    monkeypatch.setattr(health, "TIMEOUT_S", 0.05)
    answer = http.get("/readyz")
    assert (answer.status_code, answer.json()["dependencies"]) == (503, {"one": "timeout"})


@pytest.mark.django_db(transaction=True)
def test_postgresql_is_asked_for_real() -> None:
    health.postgresql()
