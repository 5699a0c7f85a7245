"""What an analyst waits while a run is under way, beside an idle stack; sources that take 200 ms.

The run is over a list so long that it outlasts the requests.
"""

import io
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

from orchestrator.sealing.cpf import check_digits
from tests.bench.latency import REQUESTS, WARM_UP, cpf_of, seconds_of
from tests.bench.slow_sources import stack_with_slow_sources
from tests.stack import Analyst, Stack

LISTED = 100_000


def run() -> dict[str, Any]:
    """Milliseconds, medians of as many requests one after the other, and their ratio."""
    people = random.Random()
    with stack_with_slow_sources() as (stack, _):
        analyst = Analyst(stack, stack.session("portal"))
        for _ in range(WARM_UP):
            seconds_of(analyst, cpf_of(people))
        idle = [seconds_of(analyst, cpf_of(people)) for _ in range(REQUESTS)]
        with _run_under_way(stack, people) as status:
            began = time.perf_counter()
            busy = [seconds_of(analyst, cpf_of(people)) for _ in range(REQUESTS)]
            took, ended = time.perf_counter() - began, status()
            assert ended["state"] == "running", "the run has ended before the requests"
    return {
        "requests": REQUESTS,
        "idle_median_ms": round(median(idle) * 1000, 1),
        "busy_median_ms": round(median(busy) * 1000, 1),
        "busy_p95_ms": round(quantiles(busy, n=20)[-1] * 1000, 1),
        "ratio": round(median(busy) / median(idle), 3),
        "run_cpfs_per_second_meanwhile": round(ended["done"] / took),
    }


@contextmanager
def _run_under_way(stack: Stack, people: random.Random) -> Iterator[Any]:
    """A run over a long list, which is at work; gives how to ask for its status."""
    session, url = stack.session("portal"), stack.url("portal")
    rows = "\n".join(["cpf", *(_cpf(number) for number in people.sample(range(10**9), LISTED))])
    answer = session.post(
        f"{url}/api/runs/lists/",
        files={"file": ("list.csv", io.BytesIO(rows.encode()))},
        data={"purpose": "account_review"},
        timeout=120,
    )
    assert answer.status_code == 202, answer.text
    address = f"{url}/api/runs/{answer.json()['run_id']}/"

    def status() -> dict[str, Any]:
        told: dict[str, Any] = session.get(address, timeout=30).json()
        return told | {"done": sum(told["totals"].values())}

    while not status()["done"]:
        time.sleep(0.1)
    yield status
    session.post(f"{address}cancel/", timeout=30)


def _cpf(number: int) -> str:
    first_nine = f"{number:09d}"
    return first_nine + check_digits(first_nine)
