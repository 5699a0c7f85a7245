"""A steady load of asks from several clients, and the account of what became of each."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import requests

from orchestrator.cpf import check_digits
from tests.stack import Analyst, Stack

CLIENTS = 4
PAUSE_SECONDS = 0.25
PEOPLE = 40


def people(seed: int) -> list[str]:
    """CPFs that could have been issued; a few, so that asks meet at the same dossiers."""
    chance = random.Random(seed)
    first_nines = [f"{chance.randrange(10**9):09d}" for _ in range(PEOPLE)]
    return [digits + check_digits(digits) for digits in first_nines]


@dataclass
class Load:
    """Asks until the block ends. What was not accepted (a connection cut, a 5xx) is only counted."""

    stack: Stack
    seed: int
    receipts: list[dict[str, Any]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> "Load":
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def accepted(self, number: int, seconds: float = 60.0) -> None:
        """Waits until so many more asks were accepted."""
        goal, ends = len(self.receipts) + number, time.monotonic() + seconds
        while len(self.receipts) < goal:
            assert time.monotonic() < ends, f"only {len(self.receipts)} of {goal} accepted: {self.refused}"
            self._over.wait(0.05)

    def _ask(self, number: int) -> None:
        chance, cpfs = random.Random(self.seed + number), people(self.seed)
        analyst = Analyst(self.stack, self.stack.session("portal"))
        while not self._over.wait(PAUSE_SECONDS * chance.random() * 2):
            try:
                self.receipts.append(analyst.ask(chance.choice(cpfs), fresh=chance.random() < 0.5))
            except (AssertionError, requests.RequestException) as error:
                self.refused[type(error).__name__] += 1


def account(stack: Stack, load: Load, seconds: float = 75.0) -> Counter[str]:
    """How many requests ended how. Fails where one has not ended, or versions have a gap or a double."""
    analyst = Analyst(stack, stack.session("portal"))
    ended = [analyst.follow(receipt, seconds=seconds) for receipt in load.receipts]
    for dossier_id in {status["dossier_id"] for status in ended}:
        numbers, latest = _versions(stack, dossier_id)
        assert numbers == list(range(1, latest + 1)), (dossier_id, numbers, latest)
        assert analyst.dossier(dossier_id)["version"] == (latest or None)
    return Counter(status["state"] for status in ended)


def _versions(stack: Stack, dossier_id: int) -> tuple[list[int], int]:
    server = urlsplit(stack.state["engines"]["database_url"])
    connection = psycopg2.connect(urlunsplit(server._replace(path="/delta_db")))
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "select number from orchestrator_snapshot where dossier_id = %s order by number", [dossier_id]
            )
            numbers = [number for (number,) in cursor.fetchall()]
            cursor.execute("select latest_version from orchestrator_dossier where id = %s", [dossier_id])
            return numbers, cursor.fetchone()[0]  # type: ignore[index]
    finally:
        connection.close()
