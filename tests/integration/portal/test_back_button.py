"""What the browser's back button finds, since no page is stored."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ops.quality.browser import find_browser

pytestmark = pytest.mark.browser
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture
def page(live_server: LiveServer, client: Client) -> Iterator[Page]:
    """An analyst's browser."""
    client.force_login(User.objects.create(username="analista"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        context = chromium.new_context(base_url=live_server.url)
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        yield context.new_page()
        chromium.close()


def test_going_back_to_a_refused_form_opens_an_empty_one_and_sends_nothing_again(page: Page) -> None:
    page.goto("/")
    page.locator("[name=cpf]").fill("529.982.247-26")
    page.get_by_role("button", name="Consultar").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.goto("/dossiers/1/")
    page.go_back()
    expect(page.get_by_role("heading", name="Nova consulta")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("[name=cpf]")).to_have_value("")
