"""A list that is uploaded, and a file of results, never lie on the disk on their way: every writing to a file
is forbidden to the portal meanwhile."""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
import requests

from fixtures import cast
from tests.security.conftest import MOST_SECONDS, hidden
from tests.stack import Stack, eventually

pytestmark = pytest.mark.e2e

Clients = dict[str, requests.Session]
# As large as a list may be; most of it blank.
LIST = f"cpf\n{cast.MARIA.cpf}\n{'x' * 900}\n".encode() + (b" " * 1023 + b"\n") * (18 << 10)


@contextmanager
def without_files(stack: Stack, name: str) -> Iterator[None]:
    """Of a stack's process and its children, none may write a byte to any file; to sockets and pipes they
    may."""
    master = psutil.Process(stack.pid(name))
    family = [master, *master.children(recursive=True)]
    before = {each: each.rlimit(resource.RLIMIT_FSIZE) for each in family}
    for each in family:
        each.rlimit(resource.RLIMIT_FSIZE, (0, before[each][1]))
    try:
        yield
    finally:
        for each in family:
            each.rlimit(resource.RLIMIT_FSIZE, before[each])


def send(clients: Clients, stack: Stack, *, in_chunks: bool) -> requests.Response:
    """Uploads the list over the API."""
    url = f"{stack.url('portal')}/api/runs/lists/"
    form = {"purpose": (None, "credit_analysis"), "file": ("list.csv", LIST)}
    prepared = clients["portal"].prepare_request(requests.Request("POST", url, files=form))
    if not in_chunks:
        return clients["portal"].send(prepared, timeout=MOST_SECONDS)
    body, kind = prepared.body, prepared.headers["Content-Type"]
    assert isinstance(body, bytes)
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    return clients["portal"].post(url, data=pieces, headers={"Content-Type": kind}, timeout=MOST_SECONDS)


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_list_of_the_largest_size_is_taken_without_the_disk(
    clients: Clients, stack: Stack, in_chunks: bool
) -> None:
    assert 18 << 20 < len(LIST) < 20 << 20
    with without_files(stack, "portal"):
        sent = send(clients, stack, in_chunks=in_chunks)
    assert sent.status_code == 202, sent.text


@pytest.fixture
def browser(browsers: Callable[[str], requests.Session]) -> requests.Session:
    """A supervisor, who runs lists."""
    return browsers("supervisor")


def test_so_is_one_from_the_page_and_its_results_in_every_form(
    browser: requests.Session, clients: Clients, stack: Stack
) -> None:
    base = stack.url("portal")
    with without_files(stack, "portal"):
        run = send(clients, stack, in_chunks=False).json()["run_id"]

        def state() -> str:
            told = clients["portal"].get(f"{base}/api/runs/{run}/", timeout=MOST_SECONDS)
            return str(told.json()["state"])

        eventually(state, until=lambda told: told in ("complete", "partial", "failed"), seconds=90)
        for kind, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("jsonl", b"{")):
            told = clients["portal"].get(
                f"{base}/api/runs/{run}/results/", params={"format": kind}, timeout=MOST_SECONDS
            )
            assert (told.status_code, told.content[: len(start)]) == (200, start)
        form = {"purpose": "credit_analysis", **hidden(browser, f"{base}/runs/")}
        page = browser.post(f"{base}/runs/", form, files={"file": ("list.csv", LIST)}, timeout=MOST_SECONDS)
        assert page.status_code in (200, 403), page.status_code


def test_a_list_beyond_the_largest_is_told_by_its_reader_and_far_beyond_by_a_page(
    browser: requests.Session, stack: Stack
) -> None:
    page = f"{stack.url('portal')}/runs/"
    with without_files(stack, "portal"):
        for length, status in ((21 << 20, 200), (30 << 20, 413)):
            form = {"purpose": "credit_analysis", **hidden(browser, page)}
            sent = browser.post(page, form, files={"file": ("list.csv", b" " * length)}, timeout=MOST_SECONDS)
            assert sent.status_code == status
            assert "text/html" in sent.headers["Content-Type"]


def test_what_is_spooled_would_be_found() -> None:
    """Or the tests above could not fail."""
    spools = (
        "import resource, tempfile; tempfile.gettempdir(); resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        " file = tempfile.TemporaryFile(buffering=0); file.write(b'x')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", spools], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode != 0
    assert "File too large" in ended.stderr
