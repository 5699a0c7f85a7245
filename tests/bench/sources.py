"""How near the sources' batch endpoints come to the speed of their stores.

For each source, in turn and in one run: the driver's own rows in one process (`raw_rows`), and the same
CPFs over HTTP, a thousand a call, from one client. The ratio is what counts: both change with the machine.
"""

import json
import os
import sys
import tempfile
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.bench.raw_rows import LARGEST_BATCH, SOURCES, per_second
from tests.stack import Stack, running

CUSTOMERS = 4000
ROUNDS = 3
PAGE = 10_000


def run() -> dict[str, Any]:
    """CPFs a second of both, and the endpoint's share of the store's speed, by source."""
    with ExitStack() as cleanup:
        folder = os.environ.get("BENCH_STACK_DIR") or cleanup.enter_context(tempfile.TemporaryDirectory())
        return ratios(cleanup.enter_context(running(Path(folder), customers=CUSTOMERS)))


def ratios(stack: Stack) -> dict[str, Any]:
    """The figures of a running stack, each the median of three."""
    rounds = [{name: (raw(stack, name), served(stack, name)) for name in SOURCES} for _ in range(ROUNDS)]
    figures: dict[str, Any] = {"customers": CUSTOMERS, "batch": LARGEST_BATCH}
    for name in SOURCES:
        store, endpoint = (median(each[name][part] for each in rounds) for part in (0, 1))
        figures[f"{name}_ratio"] = round(endpoint / store, 2)
        figures[f"{name}_raw_cpfs_per_second"] = round(store)
        figures[f"{name}_endpoint_cpfs_per_second"] = round(endpoint)
    return {**figures, "load_average": round(os.getloadavg()[0], 2)}


def raw(stack: Stack, source: str) -> float:
    """CPFs a second out of the store, in a process of its own."""
    told = stack.run(sys.executable, "-m", "tests.bench.raw_rows", SERVICE=source)
    assert told.returncode == 0, told.stderr[-4000:]
    return float(json.loads(told.stdout)["cpfs_per_second"])


def served(stack: Stack, source: str) -> float:
    """CPFs a second over HTTP; whether the answers are whole is looked at once, before.

    By Python's own client, kept open: requests would add a tenth of what Alpha takes.
    """
    session, url = stack.session(source), urlsplit(stack.url(source))
    token = session.auth.token  # type: ignore[union-attr]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = HTTPConnection(str(url.hostname), url.port, timeout=60)

    def ask(chunk: list[str]) -> bytes:
        connection.request("POST", "/api/customers/batch/", orjson.dumps({"cpfs": chunk}), headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body

    listing = session.get(f"{stack.url(source)}/api/customers/cpfs/", params={"limit": PAGE}, timeout=60)
    cpfs = listing.json()["cpfs"]
    first = cpfs[:LARGEST_BATCH]
    assert [item["cpf"] for item in orjson.loads(ask(first))] == first
    return per_second(cpfs, ask)
