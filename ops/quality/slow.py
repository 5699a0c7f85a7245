"""A pytest plugin: tests marked `slow`, with their reason, run under `ops/test --all` only.

They are skipped rather than deselected: their files are named with the reasons, and they are counted.
"""

import os

import pytest

EVERYTHING = "EVERY_TEST"  # is in the environment of the tests under `ops/test --all`
LEFT_OUT = "slow: "


def is_wanted() -> bool:
    """Whether everything is to be run."""
    return EVERYTHING in os.environ


def examples(quickly: int, thoroughly: int) -> int:
    """How many examples a searching test tries: few, or as many as `ops/test --all` has the time for."""
    return thoroughly if is_wanted() else quickly


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what is marked; a mark without its reason is an error."""
    for item in items:
        if (mark := item.get_closest_marker("slow")) and not is_wanted():
            (why,) = mark.args
            item.add_marker(pytest.mark.skip(reason=f"{LEFT_OUT}{why}; ops/test --all runs it"))
