"""The parts of pages that move by themselves, in a browser: the panel beside the CPF, the sources' health."""

import re

import pytest
from playwright.sync_api import Page, expect

from orchestrator.clients import gates
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource

pytestmark = pytest.mark.browser


def test_the_panel_comes_with_the_last_digit_and_goes_with_it(
    browsing: Page, fake_sources: dict[str, FakeSource]
) -> None:
    asked: list[str] = []
    browsing.on("request", lambda request: asked.append(request.url))
    browsing.goto("/")
    cpf, panel = browsing.locator("[name=cpf]"), browsing.locator("#outlook")
    with browsing.expect_response("**/outlook/"):
        cpf.press_sequentially(MARIA[:10])
    expect(panel).to_have_text("")
    cpf.press_sequentially(MARIA[10:])
    expect(panel.locator("li")).to_have_count(3)
    expect(panel).to_contain_text("será consultada agora")
    cpf.press("Backspace")
    expect(panel.locator("li")).to_have_count(0)
    assert any(url.endswith("/outlook/") for url in asked)
    assert [url for url in asked if re.search(r"\d{9}", url)] == []


def test_the_panel_follows_the_checkbox_for_a_fresh_ask(
    browsing: Page, fake_sources: dict[str, FakeSource]
) -> None:
    gates.pause("beta", 60)
    browsing.goto("/")
    browsing.locator("[name=cpf]").fill(MARIA)
    expect(browsing.locator("#outlook li").nth(1)).to_contain_text("pode falhar; sem dado anterior")
    with browsing.expect_response("**/outlook/") as again:
        browsing.locator("[name=fresh]").check()
    assert "fresh=on" in (again.value.request.post_data or "")
    with browsing.expect_response("**/outlook/") as once_more:
        browsing.locator("[name=fresh]").uncheck()
    assert "fresh=" not in (once_more.value.request.post_data or "")


def test_the_sources_page_brings_itself_up_to_date_and_keeps_the_focus(
    browsing: Page, fake_sources: dict[str, FakeSource]
) -> None:
    browsing.clock.install()
    browsing.goto("/sources/")
    beta = browsing.locator("[aria-labelledby=source-beta]")
    expect(beta).to_contain_text("sem dados")
    browsing.get_by_role("link", name="últimas 24 horas").focus()
    gates.pause("beta", 60)
    browsing.clock.fast_forward(7_000)
    expect(beta).to_contain_text("pausada a pedido da fonte")
    expect(browsing.get_by_role("link", name="últimas 24 horas")).to_be_focused()
