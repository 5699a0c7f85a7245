"""`ops/drill [NAME…]`: runs fault scenarios against a stack and prints what became of every request."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ops.engines.processes import built
from ops.service import env
from ops.stack import supervision
from ops.stack.config import given, read_stack
from tests.faults.inject import SOURCES
from tests.faults.scenarios import SCENARIOS, Result, Scenario, own_stack, run
from tests.stack import Stack

COLUMNS = (
    "scenario",
    "accepted",
    "ended",
    "complete",
    "partial",
    "failed",
    "versions",
    "duplicates",
    "recovery",
)
LINE = "{:30} {:>8} {:>6} {:>9} {:>8} {:>7} {:>9} {:>11} {:>9}"


def main() -> int:
    """Exit status 0 where every promise was kept, 1 where one was broken, 2 where none was tried."""
    arguments = _parser().parse_args()
    if arguments.list:
        print("\n".join(scenario.name for scenario in SCENARIOS))
        return 0
    chosen = [each for each in SCENARIOS if _is_chosen(each, arguments)]
    if not chosen:
        print("No scenario has such a name: `ops/drill --list` names them.", file=sys.stderr)
        return 2
    with _stack() as stack:
        print(LINE.format(*COLUMNS), flush=True)
        kept = [_try(stack, scenario, arguments.rounds) for scenario in chosen]
    return 0 if all(kept) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ops/drill",
        description="Kills, freezes and starves a stack under load, and accounts for every request. Runs"
        " against the stack that is up (start it with FAULT_DRILL=1), else against one of its own.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of scenarios' names; all without one")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="how often each kill is made (1)")
    parser.add_argument("--quick", action="store_true", help="only those that CI runs")
    parser.add_argument("--list", action="store_true", help="names the scenarios")
    return parser


def _is_chosen(scenario: Scenario, arguments: argparse.Namespace) -> bool:
    named = not arguments.names or any(name in scenario.name for name in arguments.names)
    return named and (scenario.quick or not arguments.quick)


@contextmanager
def _stack() -> Iterator[Stack]:
    configured = read_stack(given(os.environ))
    if not (configured.state_file.exists() and supervision.running(configured)):
        print("No stack is up: starting one for the drill …", file=sys.stderr, flush=True)
        with own_stack() as own:
            yield own
        return
    settings = env.settings_of(os.environ) | {"STACK_DIR": str(configured.folder)}
    stack = Stack(configured.folder, built(os.environ, **settings))
    if elsewhere := {"postgres", "redis", "mongod", *SOURCES} - set(stack.state["pids"]):
        named = ", ".join(sorted(elsewhere))
        sys.exit(f"error: a drill may kill none but the stack's own, and these are elsewhere: {named}.")
    yield stack


def _try(stack: Stack, scenario: Scenario, rounds: int) -> bool:
    began = time.monotonic()
    try:
        result = run(stack, scenario, rounds)
    except AssertionError as broken:
        print(f"{scenario.name:30} BROKEN: {broken}", flush=True)
        return False
    print(_line(scenario, result), flush=True)
    print(f"  … {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return True


def _line(scenario: Scenario, result: Result) -> str:
    told = result.account
    ended = [told.ended[state] for state in ("complete", "partial", "failed")]
    counts = (told.accepted, told.ended.total(), *ended, told.versions, told.duplicates)
    refused = "" if not result.refused else f"  not accepted: {result.refused}"
    return LINE.format(scenario.name, *counts, f"{told.recovered_seconds:.1f} s") + refused


if __name__ == "__main__":
    sys.exit(main())
