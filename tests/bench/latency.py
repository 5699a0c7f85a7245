"""From the POST to the state `complete`, beside the slowest source's own time.

Requests go one after the other, each about another person, so that nothing is cached. The client
asks for the status when the sources could have answered, and then every few milliseconds.
"""

import os
import random
import time
from statistics import median, quantiles
from typing import Any

from orchestrator.sealing.cpf import check_digits
from tests.bench.slow_sources import DELAY_SECONDS, own_seconds, stack_with_slow_sources
from tests.stack import Analyst

REQUESTS = 50
WARM_UP = 25
POLL_SECONDS = 0.005


def run() -> dict[str, Any]:
    """Milliseconds, and their ratio to the slowest source's own."""
    people = random.Random()  # other people at every run: a kept copy would flatter
    with stack_with_slow_sources() as (stack, urls):
        analyst = Analyst(stack, stack.session("portal"))
        slowest = max(own_seconds(url, cpf_of(people)) for url in urls.values())
        for _ in range(WARM_UP):
            seconds_of(analyst, cpf_of(people))
        seconds = [seconds_of(analyst, cpf_of(people)) for _ in range(REQUESTS)]
    return {
        "requests": REQUESTS,
        "median_ms": _ms(median(seconds)),
        "p95_ms": _ms(quantiles(seconds, n=20)[-1]),
        "fastest_ms": _ms(min(seconds)),
        "slowest_source_ms": _ms(slowest),
        "ratio_to_slowest_source": round(median(seconds) / slowest, 3),
        "load_average": round(os.getloadavg()[0], 2),
    }


def cpf_of(people: random.Random) -> str:
    """A CPF that could have been issued."""
    first_nine = f"{people.randrange(10**9):09d}"
    return first_nine + check_digits(first_nine)


def seconds_of(analyst: Analyst, cpf: str) -> float:
    """How long one request takes to be complete."""
    began = time.perf_counter()
    receipt = analyst.ask(cpf)
    time.sleep(max(0.0, DELAY_SECONDS - (time.perf_counter() - began)))
    while (status := analyst.status(receipt))["state"] in ("queued", "running"):
        time.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - began
    assert status["state"] == "complete", status
    assert {source["origin"] for source in status["sources"].values()} == {"live"}, status
    return seconds


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
