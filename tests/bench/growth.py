"""Does a run stay as quick, and as small, with forty times as many customers, and night after night?

A stack for each size: a first run (all new), then nights in a row in which nothing changes. The smaller
sizes are measured again after the largest, for the machine may have changed meanwhile. BENCH_SIZES and
BENCH_NIGHTS tell others.
"""

import os
from statistics import median
from typing import Any

from tests.bench.batch_stack import forget_everybody, refresh, stack_with, watching

SIZES = (5_000, 20_000, 200_000)
NIGHTS = 5
_MIB = 2**20


def run() -> dict[str, Any]:
    """CPFs a second and memory by size, and the largest beside the smallest."""
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", "").split(",") if size] or list(SIZES)
    nights = int(os.environ.get("BENCH_NIGHTS") or NIGHTS)
    measured = [(size, _measured(size, nights)) for size in (*sizes, *reversed(sizes[:-1]))]
    figures = {size: _medians([told for of, told in measured if of == size]) for size in sizes}
    smallest, largest = figures[sizes[0]], figures[sizes[-1]]
    return {
        "first_ratio": round(largest["first"] / smallest["first"], 3),
        "second_ratio": round(largest["night_1"] / smallest["night_1"], 3),
        "last_ratio": round(largest[f"night_{nights}"] / smallest["night_1"], 3),
        "memory_ratio": round(largest["batch_mib"] / smallest["batch_mib"], 3),
        "by_size": figures,
        "measured": measured,
    }


def _medians(figures: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(figure[name] for figure in figures) for name in figures[0]}


def _measured(size: int, nights: int) -> dict[str, float]:
    with stack_with(size, name=f"-{size}") as stack:
        refresh(stack)  # by now every child of the worker has saved a chunk, and is as large as it gets
        forget_everybody(stack)
        with watching(stack) as watched:
            first, *unchanged = [refresh(stack) for _ in range(nights + 1)]
    assert {name for name, number in first.totals.items() if number} == {"new"}, first
    for night in unchanged:
        assert {name for name, number in night.totals.items() if number} == {"unchanged"}, night
    return {
        "first": round(first.per_second),
        **{f"night_{number}": round(night.per_second) for number, night in enumerate(unchanged, 1)},
        "batch_mib": round(watched.batch_peak / _MIB, 1),
        "redis_mib": round(watched.redis_peak / _MIB, 1),
    }
