"""A steady load of asks from several clients."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import requests

from orchestrator.sealing.cpf import check_digits
from tests.stack import Analyst, Stack

CLIENTS = 4
PAUSE_SECONDS = 0.25
PEOPLE = 40


def people(seed: int, number: int = PEOPLE) -> list[str]:
    """CPFs that could have been issued; a few, so that asks meet at the same dossiers."""
    chance = random.Random(seed)
    first_nines = [f"{chance.randrange(10**9):09d}" for _ in range(number)]
    return [digits + check_digits(digits) for digits in first_nines]


@dataclass
class Load:
    """Asks until the block ends. What was not accepted is only counted, by what was met.

    With several portals a client whose connection is cut tries the next one, as behind a balancer.
    """

    stack: Stack
    seed: int
    portals: Sequence[str] = ()
    receipts: list[dict[str, Any]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    reconnected: int = 0

    def __enter__(self) -> "Load":
        self._over = threading.Event()
        analysts = [Analyst(self.stack, self.stack.session("portal")) for _ in range(CLIENTS)]
        self._threads = [
            threading.Thread(target=self._ask_on, args=(number, analyst))
            for number, analyst in enumerate(analysts)
        ]
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

    def _ask_on(self, number: int, analyst: Analyst) -> None:
        chance, cpfs = random.Random(self.seed + number), people(self.seed)
        portals = itertools.cycle(self.portals or [self.stack.url("portal")])
        while not self._over.wait(PAUSE_SECONDS * chance.random() * 2):
            self._ask(analyst, chance.choice(cpfs), chance.random() < 0.5, [next(portals) for _ in range(2)])

    def _ask(self, analyst: Analyst, cpf: str, fresh: bool, portals: list[str]) -> None:
        body = {"cpf": cpf, "purpose": "credit_analysis", "fresh": fresh}
        for portal in portals if self.portals else portals[:1]:
            try:
                answer = analyst.session.post(f"{portal}/api/customers-dossiers/", json=body, timeout=15)
            except requests.ConnectionError:
                self.reconnected += 1
                continue
            except requests.RequestException as error:
                self.refused[type(error).__name__] += 1
                return
            if answer.status_code == 202:
                self.receipts.append(answer.json())
            else:
                self.refused[str(answer.status_code)] += 1
            return
        self.refused["no connection"] += 1
