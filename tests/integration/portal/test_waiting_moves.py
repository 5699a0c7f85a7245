"""The wait page in a browser: blocks that come by themselves, two tabs, a hidden tab, no script."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from orchestrator import dossiers
from orchestrator.models import DossierRequest
from orchestrator.requests import building
from tests.fakes.people import MARIA
from tests.integration.portal.conftest import Fakes, mine, silence, work
from tests.integration.portal.test_run_progress import apart

pytestmark = pytest.mark.browser

SELDOM, HIDDEN = 2_100, 5_100  # milliseconds, a little more than the page's
# What a tab in the background is to its page, and what its notices say; asking for leave is told as well.
BACKGROUND = """
  window.told = [];
  window.away = false;
  Object.defineProperty(document, "hidden", { get: () => window.away });
  window.Notification = class {
    static permission = "PERMISSION";
    static requestPermission() { window.told.push("asked"); }
    constructor(title) { window.told.push(title); }
  };
"""
LEAVE = "window.away = true; document.dispatchEvent(new Event('visibilitychange'))"
RETURN = "window.away = false; document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def asked(fake_sources: Fakes, analyst: Client) -> str:
    """Where an ask for Maria is waited for; no worker has begun."""

    def ask() -> str:
        accepted = dossiers.request(cpf=MARIA, purpose="credit_analysis", owner=mine(), fresh=True)
        return f"/requests/{accepted.request_id}/"

    return apart(ask)


def fetched(source: str) -> None:
    """A source has answered."""
    ask = DossierRequest.objects.get()
    building.fetch(ask.build.fetches.get(source=source).pk)


def ended() -> None:
    work(DossierRequest.objects.get().pk)


def test_a_block_comes_by_itself_and_takes_the_focus_from_nothing(browsing: Page, asked: str) -> None:
    browsing.clock.install()
    browsing.goto(asked)
    expect(browsing).to_have_title("0 de 3 · Consulta em andamento · Dossiê")
    cancel = browsing.get_by_role("button", name="Cancelar consulta")
    cancel.focus()
    apart(lambda: fetched("alpha"))
    browsing.clock.fast_forward(SELDOM)
    expect(browsing.get_by_role("heading", name="O que já chegou")).to_be_visible()
    expect(browsing.locator("[aria-labelledby=arrived-debts]")).to_contain_text("ainda não salvo")
    expect(browsing).to_have_title("1 de 3 · Consulta em andamento · Dossiê")
    expect(browsing.locator("#announcement")).to_have_text("1 de 3 fontes respondidas.")
    expect(cancel).to_be_focused()
    apart(ended)
    browsing.clock.fast_forward(SELDOM)
    browsing.wait_for_url(re.compile(r"/dossiers/\d+/$"))


def test_a_page_that_is_opened_anew_shows_what_has_come_at_once(browsing: Page, asked: str) -> None:
    apart(lambda: fetched("alpha"))
    for open_ in (lambda: browsing.goto(asked), browsing.reload):
        open_()
        expect(browsing.locator("[aria-labelledby=arrived-debts]")).to_be_visible()


def unheard(route: Route) -> None:
    """A poll that brings nothing, however long the rest takes."""
    if "hx-request" in route.request.headers:
        route.fulfill(status=304)
    else:
        route.continue_()


def test_what_is_cancelled_in_one_tab_is_over_in_the_other(browsing: Page, asked: str) -> None:
    first, second = browsing, browsing.context.new_page()
    for tab in (first, second):
        tab.clock.install()
        tab.goto(asked)
    second.route("**/requests/**", unheard)
    first.get_by_role("button", name="Cancelar consulta").click()
    expect(first.get_by_role("heading", name="Consulta encerrada")).to_be_visible()
    second.get_by_role("button", name="Cancelar consulta").click()  # it has not heard yet
    expect(second.get_by_role("heading", name="Consulta encerrada")).to_be_visible()
    expect(second.get_by_role("button", name="Tentar de novo")).to_be_visible()


def test_a_tab_that_only_waits_hears_that_another_cancelled(browsing: Page, asked: str) -> None:
    second = browsing.context.new_page()
    second.clock.install()
    second.goto(asked)
    browsing.goto(asked)
    browsing.get_by_role("button", name="Cancelar consulta").click()
    second.clock.fast_forward(SELDOM)
    expect(second).to_have_title("Consulta encerrada: cancelado · Dossiê")
    expect(second.get_by_role("button", name="Cancelar consulta")).to_have_count(0)


def hidden(browsing: Page, asked: str, permission: str) -> None:
    """A tab in which the request is waited for, and at which nobody looks."""
    browsing.add_init_script(BACKGROUND.replace("PERMISSION", permission))
    browsing.clock.install()
    browsing.goto(asked)
    browsing.evaluate(LEAVE)


@pytest.mark.parametrize(
    ("permission", "told"), [("granted", ["Consulta concluída · Dossiê"]), ("default", []), ("denied", [])]
)
def test_a_hidden_tab_says_that_it_ended_and_opens_the_dossier_when_it_is_looked_at(
    browsing: Page, asked: str, permission: str, told: list[str]
) -> None:
    hidden(browsing, asked, permission)
    apart(ended)
    browsing.clock.fast_forward(HIDDEN)
    expect(browsing).to_have_title("Consulta concluída · Dossiê")
    assert browsing.evaluate("window.told") == told
    browsing.clock.fast_forward(10 * HIDDEN)
    assert browsing.url.endswith(asked)
    assert browsing.evaluate("window.told") == told  # once
    browsing.evaluate(RETURN)
    browsing.wait_for_url(re.compile(r"/dossiers/\d+/$"))
    expect(browsing.locator(".note.success")).to_have_count(1)


def test_a_hidden_tab_says_that_it_failed(browsing: Page, asked: str, fake_sources: Fakes) -> None:
    hidden(browsing, asked, "granted")
    for fake in fake_sources.values():
        silence(fake)
    apart(ended)
    browsing.clock.fast_forward(HIDDEN)
    expect(browsing).to_have_title("Consulta encerrada: falhou · Dossiê")
    assert browsing.evaluate("window.told") == ["Consulta encerrada: falhou · Dossiê"]


def test_who_comes_back_to_a_tab_sees_how_it_stands_at_once(browsing: Page, asked: str) -> None:
    hidden(browsing, asked, "default")
    apart(lambda: fetched("alpha"))
    browsing.evaluate(RETURN)  # as when a laptop wakes: no timer has to run out first
    expect(browsing.locator("[aria-labelledby=arrived-debts]")).to_be_visible()
    apart(lambda: fetched("beta"))
    browsing.evaluate("dispatchEvent(new Event('online'))")
    expect(browsing.locator("[aria-labelledby=arrived-patrimonies]")).to_be_visible()


def test_without_a_script_the_page_comes_anew_by_itself(
    browsing: Page, live_server: LiveServer, analyst: Client, asked: str
) -> None:
    browser = browsing.context.browser
    assert browser is not None
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": analyst.cookies[name].value, "url": live_server.url}])
    plain = context.new_page()
    plain.goto(asked)
    apart(lambda: fetched("alpha"))
    expect(plain.locator("[aria-labelledby=arrived-debts]")).to_be_visible(timeout=10_000)
    plain.get_by_role("button", name="Cancelar consulta").click()
    expect(plain.get_by_role("heading", name="Consulta encerrada")).to_be_visible()
    context.close()


def test_time_is_counted_by_the_server_s_clock(browsing: Page, asked: str) -> None:
    browsing.clock.install(time="2031-01-01T00:00:00")  # a laptop whose clock is years ahead
    browsing.goto(asked)
    browsing.clock.fast_forward(1_000)
    lane = browsing.locator("[data-since]").first
    expect(lane).to_have_text(re.compile(r"^há \d{1,2} s$"))
