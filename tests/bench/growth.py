"""Does a run stay as quick, and as small, when there are sixteen times as many customers?

A stack for each size; three rounds over all sizes in turn, each with a first run (all new) and a
second one (nothing changed).
"""

from statistics import median
from typing import Any

from tests.bench.batch_stack import forget_everybody, refresh, stack_with, watching

SIZES = (5_000, 20_000, 80_000)
ROUNDS = 3
_MIB = 2**20


def run() -> dict[str, Any]:
    """Medians by size, and the largest beside the smallest."""
    rounds = [{size: _measured(size) for size in SIZES} for _ in range(ROUNDS)]
    figures = {size: _medians([each[size] for each in rounds]) for size in SIZES}
    smallest, largest = figures[SIZES[0]], figures[SIZES[-1]]
    return {
        "first_ratio": round(largest["first"] / smallest["first"], 3),
        "second_ratio": round(largest["second"] / smallest["second"], 3),
        "memory_ratio": round(largest["batch_mib"] / smallest["batch_mib"], 3),
        "redis_peak_mib": max(each[size]["redis_mib"] for each in rounds for size in SIZES),
        "by_size": figures,
        "rounds": rounds,
    }


def _medians(figures: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(figure[name] for figure in figures) for name in figures[0]}


def _measured(size: int) -> dict[str, float]:
    with stack_with(size, name=f"-{size}") as stack:
        refresh(stack)  # by now every child of the worker has saved a chunk, and is as large as it gets
        forget_everybody(stack)
        with watching(stack) as watched:
            first, second = refresh(stack), refresh(stack)
    assert {name for name, number in first.totals.items() if number} == {"new"}, first
    assert {name for name, number in second.totals.items() if number} == {"unchanged"}, second
    return {
        "first": round(first.per_second),
        "second": round(second.per_second),
        "batch_mib": round(watched.batch_peak / _MIB, 1),
        "redis_mib": round(watched.redis_peak / _MIB, 1),
    }
