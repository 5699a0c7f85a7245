"""Which of pytest's arguments go to which service's run."""

from pathlib import Path

from ops.quality.services import OWN_TESTS, SERVICES
from ops.stack.config import ROOT


def route(arguments: list[str]) -> dict[str, list[str]]:
    """pytest's arguments by service; a service whose tests were not asked for is absent.

    Paths go to the service that owns them, a folder above several services to each of them, and
    everything that is no path (options and their values) to all.
    """
    paths = [argument for argument in arguments if _is_path(argument)]
    options = [argument for argument in arguments if not _is_path(argument)]
    runs: dict[str, list[str]] = {}
    for service in SERVICES:
        if chosen := _chosen(service, paths or ["tests"]):
            runs[service] = [*options, *chosen]
    return runs


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and (ROOT / argument.split("::")[0]).exists()


def _chosen(service: str, paths: list[str]) -> list[str]:
    if service in OWN_TESTS:
        return _of_source(Path(OWN_TESTS[service]), paths)
    others = [path for path in paths if not any(_within(path, own) for own in OWN_TESTS.values())]
    return [*others, *(f"--ignore={own}" for own in OWN_TESTS.values())] if others else []


def _of_source(own: Path, paths: list[str]) -> list[str]:
    if any(_within(str(own), path) for path in paths):
        return [str(own)] if (ROOT / own).exists() else []
    return [path for path in paths if _within(path, str(own))]


def _within(path: str, folder: str) -> bool:
    inner, outer = (ROOT / path.split("::")[0]).resolve(), (ROOT / folder.split("::")[0]).resolve()
    return inner.is_relative_to(outer)
