"""What the tests of looks share: a world, and a browser that is somebody's, in a language and a theme."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ops.quality.browser import find_browser
from tests.integration.portal.access.conftest import Asked, People, _an_empty_record, asked, people
from tests.integration.portal.conftest import FLAGS, Fakes
from tests.integration.portal.looks.world import World, populate
from tests.integration.runs.conftest import Hands

__all__ = ["_an_empty_record", "asked", "people"]  # fixtures of the tests of access

Theme = Literal["light", "dark"]
WIDE, HIGH = 1440, 900
PATIENCE_MS = 10_000


@pytest.fixture
def world(live_server: LiveServer, people: People, asked: Asked, fake_sources: Fakes, hands: Hands) -> World:
    """Made before the browser starts: then Django is kept from its database in this thread."""
    return populate(people, asked, fake_sources, hands)


@dataclass
class Visitors:
    """Opens pages as somebody, in a language and a theme; what any of them complains of is kept."""

    browser: Browser
    base: str
    world: World
    complaints: list[str] = field(default_factory=list)

    @contextmanager
    def visit(
        self, by: str, *, language: str = "pt-br", theme: Theme = "light", width: int = WIDE
    ) -> Iterator[Page]:
        """A page in a browser of its own; by nobody where `by` is empty."""
        context = self.browser.new_context(
            base_url=self.base,
            color_scheme=theme,
            viewport={"width": width, "height": HIGH},
        )
        cookies = {settings.LANGUAGE_COOKIE_NAME: language}
        if by:
            cookies[settings.SESSION_COOKIE_NAME] = self.world.sessions[by]
        context.add_cookies(
            [{"name": name, "value": value, "url": self.base} for name, value in cookies.items()]
        )
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on(
            "console", lambda told: self.complaints.append(told.text) if "Security" in told.text else None
        )
        context.set_default_timeout(PATIENCE_MS)
        try:
            yield context.new_page()
        finally:
            context.close()


@pytest.fixture
def visitors(live_server: LiveServer, world: World) -> Iterator[Visitors]:
    """The system's Chromium; what a page complains of fails the test."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        seen = Visitors(chromium, live_server.url, world)
        yield seen
        chromium.close()
    assert seen.complaints == []
