"""Which of pytest's arguments go to which service's run, and how many workers share it."""

import os
from pathlib import Path

from ops.quality.services import OWN_TESTS, SERVICES
from ops.stack.config import ROOT

SHARED = ("-p", "ops.quality.sharing", "--dist", "loadscope")
# Each worker begins with seconds of imports and migrations of its own.
WORTH_WORKERS = 12  # files of tests
MOST_WORKERS = 8  # each has a database number of Redis, of which there are 16


def workers(arguments: list[str], root: Path = ROOT) -> list[str]:
    """The options that share a run among workers, as many as there are cores, where it is large enough.

    None for a few files, nor where the arguments say something about workers, or want a debugger's terminal.
    """
    if any(argument.startswith(("-n", "--dist", "--pdb", "--trace", "--collect")) for argument in arguments):
        return []
    paths = [argument for argument in arguments if _is_path(argument, root)]
    files = sum(1 for path in paths for _ in (root / path.split("::")[0]).rglob("test_*.py"))
    cores = min(len(os.sched_getaffinity(0)), MOST_WORKERS)
    return [*SHARED, "-n", str(cores)] if files >= WORTH_WORKERS and cores > 1 else []


def route(arguments: list[str], root: Path = ROOT) -> dict[str, list[str]]:
    """pytest's arguments by service; a service whose tests were not asked for is absent.

    Paths, relative to `root`, go to the service that owns them, a folder above several services to
    each of them, and everything that is no path (options and their values) to all.
    """
    paths = [argument for argument in arguments if _is_path(argument, root)]
    options = [argument for argument in arguments if not _is_path(argument, root)]
    runs: dict[str, list[str]] = {}
    for service in SERVICES:
        if chosen := _chosen(service, paths or ["tests"], root):
            runs[service] = [*options, *chosen]
    return runs


def _is_path(argument: str, root: Path) -> bool:
    return not argument.startswith("-") and (root / argument.split("::")[0]).exists()


def _chosen(service: str, paths: list[str], root: Path) -> list[str]:
    if service in OWN_TESTS:
        return _of_source(OWN_TESTS[service], paths, root)
    others = [path for path in paths if not any(_within(path, own, root) for own in OWN_TESTS.values())]
    return [*others, *(f"--ignore={own}" for own in OWN_TESTS.values())] if others else []


def _of_source(own: str, paths: list[str], root: Path) -> list[str]:
    if any(_within(own, path, root) for path in paths):
        return [own] if (root / own).exists() else []
    return [path for path in paths if _within(path, own, root)]


def _within(path: str, folder: str, root: Path) -> bool:
    inner, outer = (root / path.split("::")[0]).resolve(), (root / folder.split("::")[0]).resolve()
    return inner.is_relative_to(outer)
