"""Under load, things die for real; every request that was accepted ends, and versions stay whole.

`FAULT_ROUNDS` (1) says how often each thing is killed, at random moments.
"""

import os
import random
import signal
from collections.abc import Callable

import psutil
import pytest
from redis import Redis

from tests.faults.load import Load, account
from tests.stack import Stack, eventually

pytestmark = pytest.mark.e2e
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
BEFORE, AFTER = 12, 12  # asks accepted before the first fault, and after each


def kill(*processes: str) -> Callable[[Stack], None]:
    """`kill -9` of processes and what they started, and their return."""

    def _kill(stack: Stack) -> None:
        before = {process: stack.pid(process) for process in processes}
        for pid in before.values():
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            for member in family:
                member.send_signal(signal.SIGKILL)
        for process, pid in before.items():
            eventually(lambda name=process: stack.pid(name), until=lambda now, old=pid: now != old)  # type: ignore[misc]

    return _kill


def wipe(stack: Stack) -> None:
    """Everything that is in Redis is gone."""
    Redis.from_url(stack.state["engines"]["redis_url"]).flushall()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(kill("worker-interactive"), id="worker"),
        pytest.param(
            kill("worker-interactive", "worker-batch", "sweeper", "beat"), id="all workers, sweeper, beat"
        ),
        pytest.param(kill("redis"), id="redis"),
        pytest.param(wipe, id="redis wiped"),
        pytest.param(kill("postgres"), id="postgres"),
        pytest.param(kill("portal"), id="portal"),
        pytest.param(kill("capa"), id="a source"),
        pytest.param(kill("mongod"), id="mongod"),
    ],
)
def test_every_accepted_request_ends(stack: Stack, fault: Callable[[Stack], None]) -> None:
    chance = random.Random()
    with Load(stack, seed=chance.randrange(10**6)) as load:
        load.accepted(BEFORE)
        for _ in range(ROUNDS):
            load.accepted(chance.randrange(1, 4))
            fault(stack)
            load.accepted(AFTER)
    ended = account(stack, load)
    assert sum(ended.values()) == len(load.receipts) >= BEFORE + AFTER
    assert ended["complete"] > 0
    print(f"{dict(ended)}, not accepted: {dict(load.refused)}")
