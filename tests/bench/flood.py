"""One client asks about as many people as it can; what becomes of that, and what does everybody else wait?

Three stacks: with sound sources; with Beta answering nonsense, so that every request is tried again;
and with 2,000 asks waiting, which the refusal of asks would not let be: its bounds are moved there.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import requests

from tests.bench.batch_stack import query
from tests.bench.latency import cpf_of
from tests.bench.slow_sources import DELAY_SECONDS, stack_with_slow_sources
from tests.stack import Analyst, Stack, eventually

ASKS = 1_000
WAITING = 2_000
CONNECTIONS = 8
IDLE_ASKS = 20
POLL_SECONDS = 0.02
LONGEST_SECONDS = 120.0  # that a flood is looked at
LONGEST_ASK_SECONDS = 60.0
BEYOND_BOUNDS = {"WAITING_SECONDS": "900", "WAITING_BURST": "1000000", "WORKER_SILENT_SECONDS": "300"}
OVER = ("complete", "partial", "failed", "cancelled")

Wait = Callable[[str], float | None]  # seconds until a person's request was ready; None where it failed


def run() -> dict[str, Any]:
    """By kind of flood what became of its asks, and the milliseconds that others waited."""
    return {
        "sound sources": _flooded(broken=()),
        "beta answers nonsense": _flooded(broken=("beta",)),
        "asks waiting": _crowded(),
    }


@dataclass
class _Flood:
    """A client of its own that asks over several connections, and only counts what it is told."""

    stack: Stack
    people: random.Random
    answers: Counter[int] = field(default_factory=Counter)
    client: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.client = _client(self.stack, "flood")
        self._token = self.stack.token("portal", self.client)
        self._mine = threading.local()

    def ask(self, number: int) -> float:
        """Asks about so many people as fast as it can; gives the seconds that it took."""
        cpfs, began = [cpf_of(self.people) for _ in range(number)], time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as connections:
            self.answers.update(connections.map(self._ask, cpfs))
        return time.perf_counter() - began

    def _ask(self, cpf: str) -> int:
        if not hasattr(self._mine, "session"):
            self._mine.session = requests.Session()
            self._mine.session.headers["Authorization"] = f"Bearer {self._token}"
        body = {"cpf": cpf, "purpose": "credit_analysis"}
        url = f"{self.stack.url('portal')}/api/customers-dossiers/"
        return int(self._mine.session.post(url, json=body, timeout=60).status_code)

    def open(self) -> int:
        """How many of its builds have not ended."""
        return int(
            query(self.stack, f"select count(*) {_BUILDS} and b.finished_at is null", self._owner)[0][0]
        )

    def ended(self) -> dict[str, Any]:
        """How its builds ended, by their rows."""
        ended, failed, in_time, lateness = query(self.stack, _ENDED, self._owner)[0]
        return {
            "accepted": self.answers[202],
            "refused_429": self.answers[429],
            "other_answers": sum(self.answers.values()) - self.answers[202] - self.answers[429],
            "ended": ended,
            "failed": failed,
            "ended_in_time": in_time,
            "worst_lateness_seconds": round(max(0.0, lateness or 0.0), 2),
        }

    @property
    def _owner(self) -> str:
        return f"client:{self.client['client_id']}"


_BUILDS = """
  from orchestrator_build as b
 where exists (select from orchestrator_dossierrequest as r where r.build_id = b.id and r.owner = %s)
"""
_ENDED = f"""
select count(b.finished_at), count(*) filter (where b.state = 'failed'),
       count(*) filter (where b.finished_at <= b.deadline_at + interval '2 seconds'),
       max(extract(epoch from coalesce(b.finished_at, now()) - b.deadline_at))::float8 {_BUILDS}
"""


def _flooded(broken: tuple[str, ...]) -> dict[str, Any]:
    """A flood, and another client that asks singly from before it until it has been worked off."""
    people = random.Random()
    with stack_with_slow_sources(broken=broken) as (stack, _):
        other = _by_api(stack, _client(stack, "other"))
        idle, flood = _several(other, people, IDLE_ASKS), _Flood(stack, people)
        with ThreadPoolExecutor(1) as beside:
            over = threading.Event()
            waits = beside.submit(_until, over, other, people)
            began = time.perf_counter()
            asking = flood.ask(ASKS)
            _wait_for(lambda: flood.open() == 0, LONGEST_SECONDS - asking)
            took = time.perf_counter() - began
            over.set()
        return {
            "asks": ASKS,
            "asked_per_second": round(ASKS / asking),
            "worked_off_in_seconds": round(took, 1),
            **flood.ended(),
            "another_client": _told(waits.result(), idle),
        }


def _crowded() -> dict[str, Any]:
    """While nobody works a client's asks pile up; then another client and an analyst ask."""
    people = random.Random()
    with stack_with_slow_sources(environ=BEYOND_BOUNDS) as (stack, _):
        other, analyst = _by_api(stack, _client(stack, "other")), _by_pages(stack)
        idle_other, idle_analyst = (_several(wait, people, IDLE_ASKS) for wait in (other, analyst))
        flood = _Flood(stack, people)
        with stack.frozen("worker-interactive"):
            flood.ask(WAITING)
        waiting = flood.open()
        waits = _several(other, people, IDLE_ASKS // 2), _several(analyst, people, IDLE_ASKS // 2)
        return {
            "waiting_before_and_after": [waiting, flood.open()],
            "another_client": _told(waits[0], idle_other),
            "an_analyst": _told(waits[1], idle_analyst),
        }


def _told(waits: list[float | None], idle: list[float | None]) -> dict[str, Any]:
    ready, idly = ([seconds for seconds in each if seconds is not None] for each in (waits, idle))
    return {
        "asks": len(waits),
        "failed": len(waits) - len(ready),
        "idle_median_ms": round(median(idly) * 1000),
        "median_ms": round(median(ready) * 1000) if ready else None,
        "worst_ms": round(max(ready) * 1000) if ready else None,
        "ratio": round(median(ready) / median(idly), 2) if ready else None,
    }


def _several(wait: Wait, people: random.Random, number: int) -> list[float | None]:
    """One after the other; not for longer than an ask may take, where all of them take long."""
    ends, waits = time.perf_counter() + LONGEST_ASK_SECONDS, list[float | None]()
    while len(waits) < number and time.perf_counter() < ends:
        waits.append(wait(cpf_of(people)))
    return waits


def _until(over: threading.Event, wait: Wait, people: random.Random) -> list[float | None]:
    waits = list[float | None]()
    while not over.is_set():
        waits.append(wait(cpf_of(people)))
    return waits


def _by_api(stack: Stack, client: Mapping[str, str]) -> Wait:
    """What a machine client waits."""
    analyst = Analyst(stack, stack.session("portal", client))

    def wait(cpf: str) -> float | None:
        began = time.perf_counter()
        receipt = analyst.ask(cpf)
        _wait_for(lambda: analyst.status(receipt)["state"] in OVER, LONGEST_ASK_SECONDS)
        seconds = time.perf_counter() - began
        return seconds if analyst.status(receipt)["state"] in ("complete", "partial") else None

    return wait


def _by_pages(stack: Stack) -> Wait:
    """What an analyst waits, from the form to the moment when the wait page sends the browser on."""
    browser, url = requests.Session(), stack.url("portal")

    def post(path: str, **form: str) -> requests.Response:
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        return browser.post(
            url + path, data=form, headers={"Referer": url}, allow_redirects=False, timeout=60
        )

    browser.get(f"{url}/login/", timeout=60)
    post("/login/", username=stack.state["portal_user"], password=stack.state["portal_password"])

    def wait(cpf: str) -> float | None:
        began = time.perf_counter()
        page = url + post("/", cpf=cpf, purpose="credit_analysis").headers["Location"]

        def is_ready() -> bool:
            poll = browser.get(page, headers={"HX-Request": "true"}, allow_redirects=False, timeout=60)
            return "HX-Redirect" in poll.headers

        ready = _wait_for(is_ready, LONGEST_ASK_SECONDS)
        return time.perf_counter() - began if ready else None

    return wait


def _wait_for(look: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in that time; first looked at when the sources could have answered."""
    time.sleep(DELAY_SECONDS)
    try:
        return eventually(look, seconds=seconds, every=POLL_SECONDS)
    except AssertionError:
        return False


def _client(stack: Stack, name: str) -> dict[str, str]:
    made = stack.run(
        *(sys.executable, "manage.py", "create_api_client", name),
        *("--scope", "dossier:read dossier:request"),
        SERVICE="portal",
    )
    assert made.returncode == 0, made.stderr[-2000:]
    client: dict[str, str] = json.loads(made.stdout)
    return client
