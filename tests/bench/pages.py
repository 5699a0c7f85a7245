"""What each page costs the server: milliseconds at the median, and queries, with 10,000 dossiers.

A stack with so many customers, a run over all of them, and of one person 5,000 transactions and two
versions. Then Django's own client opens each page, in one process and without a network, as who may.
The floor is a page that shows nothing of the database (`/keys/`): what all pages pay. BENCH_CUSTOMERS
and BENCH_ROUNDS tell others.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pymongo
from bson import Decimal128

from ops.service.env import select_settings
from orchestrator.sealing.cpf import check_digits
from tests.bench.batch_stack import refresh, stack_with
from tests.stack import Stack, eventually

CUSTOMERS, TRANSACTIONS, ROUNDS = 10_000, 5_000, 15
CPF = (digits := "123123123") + check_digits(digits)
FLOOR = "keys"
# By name: who opens it (an account of the demo), and where.
PAGES: Mapping[str, tuple[str, str]] = {
    FLOOR: ("analyst", "/keys/"),
    "account": ("analyst", "/account/"),
    "home": ("analyst", "/"),
    "sources": ("analyst", "/sources/"),
    "attempts": ("analyst", "/requests/{request}/attempts/"),
    "dossier of 5,000": ("analyst", "/dossiers/{large}/"),
    "version of 5,000": ("analyst", "/dossiers/{large}/versions/1/"),
    "diff of 5,000": ("analyst", "/dossiers/{large}/diff/"),
    "dossier": ("analyst", "/dossiers/{small}/"),
    "runs": ("supervisor", "/runs/"),
    "run": ("supervisor", "/runs/{run}/"),
    "record": ("auditor", "/record/"),
    "anomalies": ("auditor", "/record/anomalies/"),
    "persons": ("privacy_officer", "/persons/"),
}


def run() -> dict[str, Any]:
    """By page its milliseconds, its queries, and its ratio to the floor."""
    customers = int(os.environ.get("BENCH_CUSTOMERS") or CUSTOMERS)
    with stack_with(customers) as stack:
        run_id = refresh(stack).id
        told = stack.run(sys.executable, "-m", __name__, str(run_id), seconds=1200, SERVICE="portal")
        assert told.returncode == 0, told.stderr[-4000:]
        pages = json.loads(told.stdout.splitlines()[-1])
    floor = pages[FLOOR]["ms"]
    measured = {name: {**page, "ratio": round(page["ms"] / floor, 2)} for name, page in pages.items()}
    return {"dossiers": customers, "transactions": TRANSACTIONS, "pages": measured}


def _asked(stack: Stack, analyst: Any) -> dict[str, Any]:
    """What the analyst asked for: two people, of whom one has that many transactions, and then one more."""
    _add(stack, range(TRANSACTIONS))
    _ask(analyst, CPF)
    _add(stack, range(TRANSACTIONS, TRANSACTIONS + 1))
    large, request = _ask(analyst, CPF)
    small, _ = _ask(analyst, (nine := "321321321") + check_digits(nine))
    return {"large": large, "small": small, "request": request}


def _ask(analyst: Any, cpf: str) -> tuple[str, str]:
    """The numbers of a dossier that was asked for, and of the request; the workers are the stack's."""
    form = {"cpf": cpf, "purpose": "credit_analysis", "fresh": "on"}
    waits = analyst.post("/", form)["Location"]
    ended = eventually(lambda: analyst.get(waits), until=lambda answer: answer.status_code == 302, seconds=60)
    return ended["Location"].split("/")[2], waits.split("/")[2]


def _add(stack: Stack, numbers: range) -> None:
    """Transactions, as Capa stores them."""
    began = datetime(2025, 1, 1, tzinfo=UTC)
    rows = [
        {
            "description": f"Mercado {number % 40}",
            "value": Decimal128(f"{10 + number % 900}.{number % 100:02d}"),
            "date": began + timedelta(hours=number * 2),
            "cpf": CPF,
            "type": "Credit" if number % 5 == 0 else "Debit",
            "PaymentType": "CreditCard",
        }
        for number in numbers
    ]
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(stack.state["engines"]["mongo_url"])
    with client:
        client["capa_db"]["FinancialTransactions"].insert_many(rows)


def measure(run_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Opens each page, in this process, and counts what it asks of PostgreSQL."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    stack = Stack(Path(os.environ["STACK_DIR"]), os.environ)
    browsers = {kind: _browser(stack, kind) for kind in {who for who, _ in PAGES.values()}}
    ids = {"run": run_id, **_asked(stack, browsers["analyst"])}
    rounds = int(os.environ.get("BENCH_ROUNDS") or ROUNDS)
    for name, (who, path) in PAGES.items():
        browser, url = browsers[who], path.format(**ids)
        _open(browser, url)  # what a process keeps is there from now on
        with CaptureQueriesContext(connection) as asked:
            _open(browser, url)
        queries, seconds = len(asked), []  # counted at once: the next request forgets them
        for _ in range(rounds):
            began = time.perf_counter()
            _open(browser, url)
            seconds.append(time.perf_counter() - began)
        yield name, {"ms": round(median(seconds) * 1000, 1), "queries": queries}


def _browser(stack: Stack, kind: str) -> Any:
    """Django's own, in which one of the demo's accounts is logged in."""
    from django.contrib.auth.models import User
    from django.test import Client

    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(User.objects.get(username=stack.state["accounts"][kind]["username"]))
    return browser


def _open(browser: Any, url: str) -> None:
    answer = browser.get(url)
    assert answer.status_code == 200, (url, answer.status_code)


def main() -> None:
    """In the stack's environment: one JSON object on the last line."""
    import django

    select_settings()
    django.setup()
    print(json.dumps(dict(measure(sys.argv[1]))))


if __name__ == "__main__":
    main()
