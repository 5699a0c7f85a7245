"""What can go wrong, as `ops/drill` and the tests run it: under load, for real, at random moments."""

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis

from tests.faults.account import Account, account
from tests.faults.inject import (
    SOURCES,
    Fault,
    absent,
    freeze,
    kill,
    kill_child_at_work,
    misbehaving,
    second_portal,
    second_source,
    second_worker,
    silent,
    stopped,
    wipe_redis,
)
from tests.faults.load import Load
from tests.stack import FOR_FAULTS, Analyst, Stack, eventually, running

BEFORE, AFTER = 12, 12  # asks accepted before the first fault, and after each
LONGEST_RECOVERY_SECONDS = 60.0
ALL_WORKERS = ("worker-interactive", "worker-batch", "worker-quarantine")


Strike = Callable[[Stack, Load], None]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A fault under load. `refuses`: nothing can be accepted meanwhile, and clients are told so.

    `quick` ones are CI's; `drill` ones need sources that were started with FAULT_DRILL=1.
    """

    name: str
    strike: Strike
    refuses: bool = False
    quick: bool = False
    drill: bool = False
    repeats: bool = False  # a kill, of which many are made at random moments


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a scenario's account says, and what clients met."""

    account: Account
    refused: dict[str, int] = field(default_factory=dict)
    reconnected: int = 0


def by(fault: Fault) -> Strike:
    """A fault that the load needs to know nothing of."""
    return lambda stack, _: fault(stack)


def _one_of_two(stack: Stack, load: Load) -> None:
    """Of two workers and two portals one each is killed; the others go on, and clients reconnect."""
    with second_worker(stack), second_portal(stack) as (portal, url):
        load.portals = [stack.url("portal"), url]
        load.accepted(AFTER)
        kill("worker-interactive")(stack)
        load.accepted(AFTER)
        portal.kill()
        load.accepted(AFTER)
        load.portals = [stack.url("portal")]


def _shifted_worker(seconds: int) -> Strike:
    def _shift(stack: Stack, _: Load) -> None:
        launcher = ("tests/faults/shifted.py", str(seconds), "celery")
        with stopped(stack, "worker-interactive"), second_worker(stack, *launcher):
            _some_asks(stack)

    return _shift


def _shifted_source(seconds: int) -> Strike:
    def _shift(stack: Stack, _: Load) -> None:
        with second_source(stack, "alpha", "tests/faults/shifted.py", str(seconds), "gunicorn"):
            _some_asks(stack)

    return _shift


def _some_asks(stack: Stack) -> None:
    """Whole requests that nobody but the shifted process can serve, once its absence is forgotten."""
    _closed(stack)
    with Load(stack, seed=random.randrange(10**6)) as load:
        load.accepted(AFTER)
    analyst = Analyst(stack, stack.session("portal"))
    ended = {analyst.follow(receipt)["state"] for receipt in load.receipts}
    assert ended == {"complete"}, ended


SCENARIOS = (
    Scenario(name="worker's child killed", strike=by(kill_child_at_work), drill=True, repeats=True),
    Scenario(name="worker killed", strike=by(kill("worker-interactive")), quick=True, repeats=True),
    Scenario(name="all workers killed", strike=by(kill(*ALL_WORKERS)), quick=True, repeats=True),
    Scenario(name="beat killed", strike=by(kill("beat")), repeats=True),
    Scenario(name="sweeper killed", strike=by(kill("sweeper")), quick=True, repeats=True),
    Scenario(name="portal killed", strike=by(kill("portal")), refuses=True, quick=True, repeats=True),
    Scenario(name="worker consumes no longer", strike=by(freeze("worker-interactive"))),
    Scenario(name="sweeper sweeps no longer", strike=by(freeze("sweeper"))),
    Scenario(name="redis killed", strike=by(kill("redis")), quick=True, repeats=True),
    Scenario(name="redis wiped", strike=by(wipe_redis), quick=True, repeats=True),
    Scenario(name="redis absent for 30 s", strike=by(absent("redis", 30))),
    Scenario(name="postgres killed", strike=by(kill("postgres")), refuses=True, quick=True, repeats=True),
    Scenario(name="postgres restarted", strike=by(absent("postgres", 0)), refuses=True),
    Scenario(name="mongod killed", strike=by(kill("mongod")), quick=True, repeats=True),
    Scenario(name="source killed", strike=by(kill("capa")), quick=True, repeats=True),
    Scenario(name="source never answers", strike=by(silent("capa", 10))),
    Scenario(name="source hangs", strike=by(misbehaving("beta", "hang", seconds=10)), drill=True),
    Scenario(name="half of calls fail", strike=by(misbehaving("alpha", "errors", share=0.5)), drill=True),
    Scenario(
        name="source answers garbage", strike=by(misbehaving("beta", "not_json")), quick=True, drill=True
    ),
    Scenario(name="source is limited (429)", strike=by(misbehaving("alpha", "limited")), drill=True),
    Scenario(name="source is slow", strike=by(misbehaving("capa", "delay", delay=3.0)), drill=True),
    Scenario(name="one of two workers, portals", strike=_one_of_two),
    Scenario(name="worker's clock an hour ahead", strike=_shifted_worker(3600)),
    Scenario(name="worker's clock an hour behind", strike=_shifted_worker(-3600)),
    Scenario(name="source's clock an hour ahead", strike=_shifted_source(3600)),
    Scenario(name="source's clock an hour behind", strike=_shifted_source(-3600)),
)


def run(stack: Stack, scenario: Scenario, rounds: int = 1) -> Result:
    """Strikes under load, so many times if it is a kill; then accounts for all that was accepted.

    Raises AssertionError where a promise is broken.
    """
    chance, spans = random.Random(), []
    with Load(stack, seed=chance.randrange(10**6)) as load:
        load.accepted(BEFORE)
        for _ in range(rounds if scenario.repeats else 1):
            load.accepted(chance.randrange(1, 4))
            began = datetime.now(UTC)
            scenario.strike(stack, load)
            spans.append((began, datetime.now(UTC)))
            load.accepted(AFTER)
    done = account(stack, load.receipts, spans)
    assert done.recovered_seconds <= LONGEST_RECOVERY_SECONDS, done
    assert scenario.refuses or not load.refused, load.refused
    assert done.ended["complete"] > 0, done
    calm(stack)
    return Result(account=done, refused=dict(load.refused), reconnected=load.reconnected)


def calm(stack: Stack) -> None:
    """Waits until every source may be called again: no pause, no circuit that is more than half open."""
    _without(stack, "open", "pause")


def _closed(stack: Stack) -> None:
    """Waits until calls to every source have gone well again."""
    _without(stack, "tripped", "pause")


def _without(stack: Stack, *doors: str) -> None:
    def shut() -> list[str]:
        with Redis.from_url(stack.state["engines"]["redis_url"]) as redis:
            keys = [f"dossier:{{{source}}}:{door}" for source in SOURCES for door in doors]
            return [key for key in keys if redis.exists(key)]

    eventually(shut, until=lambda found: not found, seconds=60)


@contextmanager
def own_stack() -> Iterator[Stack]:
    """A stack of its own for faults, with sources that can be told to misbehave."""
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="drill-")))
        yield cleanup.enter_context(running(folder, FOR_FAULTS))
