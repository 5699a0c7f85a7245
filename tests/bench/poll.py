"""The status poll's own time: a full answer, and 304 where nothing changed."""

import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any
from urllib.parse import urljoin

import requests

from tests.bench.latency import cpf_of
from tests.bench.slow_sources import stack_with_slow_sources
from tests.stack import Analyst

POLLS = 200


def run() -> dict[str, Any]:
    """Milliseconds at the median of sequential polls."""
    with stack_with_slow_sources() as (stack, _):
        analyst = Analyst(stack, stack.session("portal"))
        receipt = analyst.ask(cpf_of(random.Random(1)))
        analyst.follow(receipt)
        url = urljoin(stack.url("portal"), receipt["status_url"])
        etag = analyst.session.get(url, timeout=10).headers["ETag"]
        full = _median_ms(lambda: analyst.session.get(url, timeout=10), 200)
        unchanged = _median_ms(
            lambda: analyst.session.get(url, headers={"If-None-Match": etag}, timeout=10), 304
        )
    return {"polls": POLLS, "full_median_ms": full, "unchanged_median_ms": unchanged}


def _median_ms(poll: Callable[[], requests.Response], expected: int) -> float:
    seconds = []
    for _ in range(POLLS):
        began = time.perf_counter()
        answer = poll()
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == expected
    return round(median(seconds) * 1000, 2)
