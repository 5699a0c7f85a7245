"""A pytest plugin: browser tests need the system's Chromium.

Without one they are skipped and say so; under `CI=true` they fail instead.
"""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """The path of the system's Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips or fails a test marked `browser` where there is none."""
    if item.get_closest_marker("browser") is None or find_browser():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("No Chromium here, and CI must run the browser tests: install chromium.", pytrace=False)
    pytest.skip("no Chromium here: install the package chromium to run the browser tests")
