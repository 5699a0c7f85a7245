"""A benchmark starts a stack of its own, also in a checkout that has one already."""

import json

import pytest

from tests.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow("a second stack beside the first")]


def test_a_benchmark_beside_a_stack_takes_nothing_of_it(stack: Stack) -> None:
    """Its runs end only if its sources know its own clients, not those of `stack.env` here."""
    assert "SOURCE_ALPHA_CLIENT_ID=" in (stack.folder / "stack.env").read_text()
    done = stack.run("ops/bench", "growth", seconds=480, BENCH_SIZES="200", BENCH_NIGHTS="1")
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert list(told["by_size"]) == ["200"]
    assert told["by_size"]["200"]["night_1"] > 0
    assert stack.run("ops/status").returncode == 0
