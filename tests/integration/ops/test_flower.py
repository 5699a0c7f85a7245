"""Flower: for looking, and for nobody without its password."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ops.engines import ports
from ops.stack.config import ROOT, Stack, read_stack
from ops.stack.programs import service_programs
from tests.stack import eventually

LOGIN = ("u", "p")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running Flower, as the stack starts it."""
    port = ports.choose()  # that no outgoing connection is given meanwhile
    folder = tmp_path_factory.mktemp("flower")
    stack: Stack = read_stack({"STACK_DIR": str(folder), "FLOWER_PORT": str(port)})
    flower = next(each for each in service_programs(stack, ":".join(LOGIN)) if each.name == "flower")
    with (Path(folder) / "log").open("wb") as log:
        process = subprocess.Popen(
            flower.argv, cwd=ROOT, env=os.environ | flower.environ, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        eventually(lambda: status("GET", f"{address}/healthcheck"), until=lambda seen: seen == 200)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def status(method: str, url: str, **more: Any) -> int | None:
    """HTTP's status, or None while nobody listens."""
    try:
        return requests.request(method, url, timeout=5, **more).status_code
    except requests.ConnectionError:
        return None


@pytest.mark.parametrize(
    "path", ["/", "/workers", "/tasks", "/broker", "/metrics", "/api/tasks", "/api/workers", "/nothing"]
)
def test_nothing_is_shown_without_the_password(url: str, path: str) -> None:
    assert status("GET", url + path) == 401
    assert status("GET", url + path, auth=("u", "wrong")) == 401


def test_with_the_password_the_metrics_are_shown(url: str) -> None:
    assert status("GET", f"{url}/metrics", auth=LOGIN) == 200
    assert status("GET", f"{url}/", auth=LOGIN) == 200


def test_it_changes_nothing_even_with_the_password(url: str) -> None:
    stop = f"{url}/api/worker/shutdown/nobody@here"
    assert status("POST", stop) == 401
    assert status("POST", stop, auth=LOGIN) == 403
