"""A session that ends while a page is open, in Chromium: the page says so, and keeps what was typed."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ops.quality.browser import find_browser
from tests.integration.portal.conftest import FLAGS
from tests.integration.signing.conftest import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CPF = "529.982.247-25"
NOTICE = "Sua sessão terminou. O que foi digitado continua aqui."


@pytest.fixture
def ana(person: Person) -> User:
    """Somebody who asks, and runs lists."""
    return person("ana", "analyst", "supervisor")


@pytest.fixture
def rui(person: Person) -> User:
    """Somebody else."""
    return person("rui", "analyst", "supervisor")


@pytest.fixture
def context(live_server: LiveServer, ana: User) -> Iterator[BrowserContext]:
    """A browser; what its pages complain of fails the test."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        context = chromium.new_context(base_url=live_server.url, locale="pt-BR")
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda told: complaints.append(told.text) if "Security" in told.text else None)
        yield context
        chromium.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Where she is signed in."""
    sign_in(page := context.new_page())
    return page


def sign_in(page: Page, name: str = "ana") -> None:
    """By the page's form."""
    if page.url == "about:blank":
        page.goto("/login/")
    page.get_by_label("Usuário").fill(name)
    page.get_by_label("Senha").fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    page.wait_for_url(lambda url: "/login/?" not in url and not url.endswith("/login/"))


def end() -> None:
    """Ends every session, as time does. Playwright's loop runs in this thread, where Django asks for none."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_end).result()


def _end() -> None:
    Session.objects.all().delete()
    connection.close()


def again(context: BrowserContext, page: Page, name: str = "ana") -> None:
    """Follows the notice to the login, signs in in the tab that it opens, and comes back."""
    with context.expect_page() as opened:
        page.get_by_role("link", name="Entrar de novo em outra aba").click()
    sign_in(opened.value, name)
    expect(opened.value.get_by_role("heading", name="Você entrou")).to_be_visible()


def test_what_was_typed_into_the_first_page_is_asked_for_after_a_new_login(
    context: BrowserContext, page: Page
) -> None:
    page.goto("/")
    page.locator("#id_purpose").select_option("collection")
    page.locator("[name=fresh]").check()
    end()
    page.locator("[name=cpf]").fill(CPF)  # which the page would tell the outlook of
    expect(page.get_by_text(NOTICE)).to_be_visible()
    page.get_by_role("button", name="Consultar", exact=True).click()  # would lose it all
    expect(page.locator("[name=cpf]")).to_have_value(CPF)

    again(context, page)
    expect(page.get_by_text(NOTICE)).to_be_hidden()
    assert page.locator("[name=cpf]").input_value() == CPF
    assert page.locator("#id_purpose").input_value() == "collection"
    assert page.locator("[name=fresh]").is_checked()
    page.get_by_role("button", name="Consultar", exact=True).click()  # with the token of the new session
    page.wait_for_url("**/requests/*/")
    assert not any(written in kept(page) for written in (CPF, "52998224725"))


def test_a_form_that_is_sent_before_the_page_knows_stays_filled_in_and_is_sent_after_the_login(
    context: BrowserContext, page: Page
) -> None:
    page.goto("/")
    page.locator("#id_purpose").select_option("collection")
    page.locator("[name=cpf]").fill(CPF)
    expect(page.get_by_text("O que esta consulta traria agora:")).to_be_visible()
    end()
    posts: list[str] = []
    page.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
    page.get_by_role("button", name="Consultar", exact=True).click()
    expect(page.get_by_text(NOTICE)).to_be_visible()
    assert posts == [], "it would have led to the login, and been lost"

    again(context, page)
    expect(page.get_by_text(NOTICE)).to_be_hidden()
    assert page.locator("[name=cpf]").input_value() == CPF
    assert page.locator("#id_purpose").input_value() == "collection"
    page.get_by_role("button", name="Consultar", exact=True).click()
    page.wait_for_url("**/requests/*/")
    assert not any(written in kept(page) for written in (CPF, "52998224725"))


def test_a_form_that_somebody_filled_in_is_not_sent_as_somebody_else(
    rui: User, context: BrowserContext, page: Page
) -> None:
    page.goto("/")
    page.locator("#id_purpose").select_option("collection")
    page.locator("[name=cpf]").fill(CPF)
    expect(page.get_by_text("O que esta consulta traria agora:")).to_be_visible()
    end()
    sign_in(other := context.new_page(), "rui")
    expect(other.locator("a.who")).to_contain_text("rui")
    page.get_by_role("button", name="Consultar", exact=True).click()
    expect(page.locator("a.who")).to_contain_text("rui")
    expect(page.locator("[name=cpf]")).to_have_value("")


def test_a_list_that_was_chosen_is_still_chosen_while_the_page_polls(
    context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    (listed := tmp_path / "list.csv").write_text("cpf\n52998224725\n")
    page.goto("/runs/")
    page.get_by_role("link", name="Atualizar todos…").click()
    page.get_by_role("button", name="Atualizar todos agora").click()
    page.wait_for_url(re.compile(r"/runs/\d+/"))
    page.goto("/runs/")
    page.locator("[name=file]").set_input_files(listed)
    page.locator("#id_purpose").select_option("collection")
    end()
    expect(page.get_by_text(NOTICE)).to_be_visible(timeout=15_000)  # a poll found out
    assert page.url.endswith("/runs/")
    again(context, page)
    expect(page.get_by_text(NOTICE)).to_be_hidden()
    page.get_by_role("button", name="Enviar a lista").click()
    page.wait_for_url("**/runs/*/")


def test_a_page_that_is_come_back_to_finds_out_by_itself(context: BrowserContext, page: Page) -> None:
    page.goto("/")
    end()
    expect(page.get_by_text(NOTICE)).to_be_hidden()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text(NOTICE)).to_be_visible()


def test_what_one_person_had_on_the_page_is_not_left_to_another(
    rui: User, context: BrowserContext, page: Page
) -> None:
    page.goto("/")
    end()
    page.locator("[name=cpf]").fill(CPF)
    expect(page.get_by_text(NOTICE)).to_be_visible()
    again(context, page, "rui")
    expect(page.locator("a.who")).to_contain_text("rui")
    expect(page.locator("[name=cpf]")).to_have_value("")


def kept(page: Page) -> str:
    """All that the browser stores of the page for scripts."""
    stored: str = page.evaluate(
        "async () => JSON.stringify([localStorage, sessionStorage, document.cookie, history.state,"
        " window.caches ? await caches.keys() : [], await indexedDB.databases()])"
    )
    return stored
