"""A run over everybody beside the floor: all new, nothing changed, one in twenty changed.

Three rounds in turn, each with a floor of its own (`tests.bench.floor`): the script that copies the
same customers out of the same sources without queue, versions or validation. And beside a chord for
each CPF, which is what an analyst's request is.
"""

import sys
from collections.abc import Mapping
from statistics import median
from typing import Any

from tests.bench import floor
from tests.bench.batch_stack import Ended, forget_everybody, query, refresh, spending, stack_with
from tests.stack import Stack

CUSTOMERS = 20_000
ROUNDS = 3
CHORDS = 500
# A chord for each CPF is to be as quick as it can be: no limits of ours, and time to end.
CHORDS_UNBOUNDED = {"BUILD_DEADLINE_SECONDS": "300"} | {
    f"SOURCE_{name.upper()}_{limit}": "1000" for name in floor.SOURCES for limit in ("PER_SECOND", "AT_ONCE")
}


def run() -> dict[str, Any]:
    """CPFs a second, medians of the rounds, their ratios, and where the time went."""
    with stack_with(CUSTOMERS, CHORDS_UNBOUNDED) as stack:
        floor.run(stack.folder)  # warms up the sources and their stores
        rounds = [_round(stack, number) for number in range(ROUNDS)]
        chords = _chords(stack)
    figures = {name: median(each[name] for each in rounds) for name in ("floor", "first", "second", "third")}
    return {
        "customers": CUSTOMERS,
        "first_ratio": round(figures["first"] / figures["floor"], 3),
        "second_ratio": round(figures["second"] / figures["floor"], 3),
        "third_ratio": round(figures["third"] / figures["floor"], 3),
        "chord_ratio": round(figures["first"] / chords, 1),
        "cpfs_per_second": {name: round(figure) for name, figure in figures.items()},
        "chords_per_second": round(chords, 1),
        "rounds": [{name: round(each[name]) for name in figures} for each in rounds],
        "where_the_time_went": rounds[-1]["where"],
    }


def _round(stack: Stack, number: int) -> dict[str, Any]:
    forget_everybody(stack)
    copied = floor.run(stack.folder)
    customers = copied["customers"]
    with spending(stack) as spent:
        first = refresh(stack)
    assert first.totals["new"] == customers, first
    second = refresh(stack)
    assert second.totals["unchanged"] == customers, second
    versions = query(stack, "select count(*) from orchestrator_snapshot")[0][0]
    assert versions == customers, versions
    changed = _change(stack, number)
    third = refresh(stack)
    assert third.totals["changed"] == changed, (third, changed)
    return {
        "floor": customers / copied["seconds"],
        "first": first.per_second,
        "second": second.per_second,
        "third": third.per_second,
        "where": {"first": _where(first, spent), "second": _where(second), "third": _where(third)},
    }


def _where(ended: Ended, cpu_seconds: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Seconds of the run; of waiting for the sources (their own time and the network's); of what the
    worker did then; and the CPU that each process used. Calls and chunks overlap."""
    told: dict[str, Any] = {
        "seconds": round(ended.seconds, 2),
        "source_and_network": {name: round(seconds, 2) for name, seconds in ended.calls.items()},
        **{name: round(seconds, 2) for name, seconds in ended.phases.items()},
    }
    return told | ({"cpu_seconds": cpu_seconds} if cpu_seconds else {})


def _change(stack: Stack, number: int) -> int:
    """One customer in twenty has another address at Alpha and at Beta none the wiser."""
    return len(
        query(
            stack,
            "update customer set address = 'Rua Nova, ' || %s where id %% 20 = %s returning id",
            number,
            number,
            database="alpha_db",
        )
    )


def _chords(stack: Stack) -> float:
    """CPFs a second, one request each."""
    done = stack.run(sys.executable, "-m", "tests.bench.chords", str(CHORDS), SERVICE="portal")
    assert done.returncode == 0, done.stderr[-2000:]
    return float(done.stdout.strip().splitlines()[-1])
