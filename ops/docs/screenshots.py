"""Makes the README's pictures from a running stack with its demo customers.

    ops/up --detach && .venv/bin/python -m ops.docs.screenshots && ops/down

Writes run.png (as a supervisor sees it), dossier.png, wait.png, attempts.png and sources.png (an analyst) and
record.png (an auditor) beside this file. To show sources that do not answer, Beta is frozen for a few
seconds, and Capa until nobody calls it any more.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from fixtures import cast
from ops.quality.browser import find_browser
from ops.stack.config import given, read_stack

FOLDER = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LONGEST_WAIT_MS = 60_000
MOST_ASKS = 8  # three calls each


def main() -> int:
    """Exit status 1 where no stack runs or there is no browser."""
    stack, chromium = read_stack(given(os.environ)), find_browser()
    if chromium is None or not stack.state_file.exists():
        print("This needs a running stack (ops/up --detach) and Chromium.", file=sys.stderr)
        return 1
    state: dict[str, Any] = json.loads(stack.state_file.read_text())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        _take_run(_enter(browser, state, "supervisor"))
        page = _enter(browser, state, "analyst")
        _take_dossier(page)
        _enter(browser, state, "colleague").goto(page.url)
        _take_wait(page, state)
        _take_attempts_and_sources(page, state)
        _take_record(_enter(browser, state, "auditor"))
        browser.close()
    return 0


def _enter(browser: Browser, state: dict[str, Any], kind: str) -> Page:
    """The portal as one of the demo accounts sees it."""
    page = browser.new_page(
        base_url=state["urls"]["portal"],
        viewport={"width": 1000, "height": 860},
        device_scale_factor=1.5,
        color_scheme="light",
    )
    page.set_default_timeout(LONGEST_WAIT_MS)
    page.goto("/login/")
    for field in ("username", "password"):
        page.locator(f"[name={field}]").fill(state["accounts"][kind][field])
    page.locator("main button").click()
    page.wait_for_url(lambda url: "login" not in url)
    return page


def _take_run(page: Page) -> None:
    """A run over everybody, when it has ended."""
    page.goto("/runs/everybody/")
    page.locator("form[action$='/refresh/'] button").click()
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    page.locator("#run:not([data-polls])").wait_for()
    page.screenshot(path=FOLDER / "run.png", full_page=True)


def _take_dossier(page: Page) -> None:
    """Fernanda: two sources differ on her name."""
    _ask(page, cast.FERNANDA.cpf)
    page.locator(".person").wait_for()
    page.screenshot(  # as far as the charts
        path=FOLDER / "dossier.png",
        full_page=True,
        clip={"x": 0, "y": 0, "width": 1000, "height": 2150},
    )


def _take_wait(page: Page, state: dict[str, Any]) -> None:
    """Antônio: hundreds of transactions, and Beta keeps everybody waiting."""
    with _frozen(state["pids"]["beta"]):
        _ask(page, cast.ANTONIO.cpf)
        page.locator("#progress .calls").first.wait_for()
        page.screenshot(path=FOLDER / "wait.png", clip={"x": 0, "y": 0, "width": 1000, "height": 450})
    page.locator(".person").wait_for()


def _take_attempts_and_sources(page: Page, state: dict[str, Any]) -> None:
    """Capa fails until it is suspended. The request before that one called it three times."""
    with _frozen(state["pids"]["capa"]):
        for _ in range(MOST_ASKS):
            _ask(page, cast.MARIA.cpf)
            page.locator(".person").wait_for()
            page.goto("/")
            if page.locator(".note .stop").count():
                break
        page.locator("[aria-labelledby=asks] td .aside").nth(1).click()
        page.screenshot(path=FOLDER / "attempts.png", full_page=True)
        page.goto("/sources/?hours=1")
        page.screenshot(path=FOLDER / "sources.png", full_page=True)


def _take_record(page: Page) -> None:
    """Who looked at what until now."""
    page.set_viewport_size({"width": 1000, "height": 1500})
    page.goto("/record/")
    page.screenshot(path=FOLDER / "record.png")


def _ask(page: Page, cpf: str) -> None:
    page.goto("/")
    page.locator("[name=cpf]").fill(cpf)
    page.locator("#id_purpose").select_option("credit_analysis")
    page.locator("[name=fresh]").check()
    page.locator(".ask button").click()


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    """The process and its children accept connections meanwhile, and answer nothing."""
    master = psutil.Process(pid)
    family = [master, *master.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()


if __name__ == "__main__":
    sys.exit(main())
