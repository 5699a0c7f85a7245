"""The analyst's first journey, in Chromium, on the whole stack with real workers."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fixtures import cast
from ops.quality.browser import find_browser
from tests.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WAIT_MS = 60_000
CPF = "86288366757"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A fresh visitor at the portal; what a page writes to the console fails the test."""
    context = browser.new_context(base_url=stack.url("portal"), locale="pt-BR")
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(WAIT_MS)
    yield page
    context.close()
    assert complaints == []


def log_in(page: Page, stack: Stack) -> None:
    """Signs the demo analyst in."""
    page.goto("/")
    page.get_by_label("Usuário").fill(stack.state["portal_user"])
    page.get_by_label("Senha").fill(stack.state["portal_password"])
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("heading", name="Nova consulta")).to_be_visible()


def ask(page: Page, cpf: str, *, fresh: bool = False) -> None:
    """Fills the form in and sends it."""
    page.goto("/")
    page.locator("[name=cpf]").fill(cpf)
    page.locator("#id_purpose").select_option("credit_analysis")
    if fresh:
        page.locator("[name=fresh]").check()
    page.get_by_role("button", name="Consultar").click()


def on_dossier(page: Page) -> None:
    """Waits until the wait page has gone on to the dossier."""
    page.wait_for_url(re.compile(r"/dossiers/\d+/$"), timeout=WAIT_MS)


def add_customer(stack: Stack) -> str:
    """A person of this test's own, in Alpha alone; gives the record's address."""
    alpha, url = stack.session("alpha"), f"{stack.url('alpha')}/api/customers/"
    for known in alpha.get(url, params={"cpf": CPF}, timeout=10).json():
        alpha.delete(f"{url}{known['id']}/", timeout=10)
    debts = [{"value": "1234.56", "date": "2026-03-09"}]
    person = {"cpf": CPF, "name": "Zélia Prado", "address": "Rua Nova, 1", "debts": debts}
    created = alpha.post(url, json=person, timeout=10)
    assert created.status_code == 201, created.text
    return f"{url}{created.json()['id']}/"


def test_from_login_to_version_two(page: Page, stack: Stack) -> None:
    record = add_customer(stack)
    log_in(page, stack)

    with stack.frozen("capa"):  # so that there is time to see the wait page move
        ask(page, "862.883.667-57")
        page.wait_for_url(re.compile(r"/requests/[0-9a-f-]{36}/$"))
        assert CPF not in page.url
        lines = page.locator("#progress .line")
        expect(lines).to_have_count(3)
        expect(lines.nth(0)).to_contain_text("pronta", timeout=WAIT_MS)
        expect(lines.nth(2)).to_contain_text("tentativa 1 de 3")
    on_dossier(page)
    expect(page.get_by_role("heading", name="Zélia Prado")).to_be_visible()
    expect(page.get_by_text("862.883.667-57")).to_be_visible()
    expect(page.get_by_text("R$ 1.234,56").first).to_be_visible()
    expect(page.get_by_role("cell", name="09/03/2026")).to_be_visible()
    expect(page.locator(".versions .line")).to_have_count(1)

    ask(page, CPF)
    on_dossier(page)
    expect(page.locator(".versions .line")).to_have_count(1)  # unchanged

    edit = stack.session("alpha").patch(record, json={"name": "Zélia Prado Lima"}, timeout=10)
    assert edit.status_code == 200, edit.text
    ask(page, CPF, fresh=True)
    on_dossier(page)
    expect(page.get_by_role("heading", name="Zélia Prado Lima")).to_be_visible()
    expect(page.locator(".versions .line")).to_have_count(2)

    page.get_by_role("link", name="o que mudou").click()
    expect(page.get_by_text("Zélia Prado Lima").first).to_be_visible()


def test_wrong_check_digits_can_be_asked_for_all_the_same(page: Page, stack: Stack) -> None:
    log_in(page, stack)
    ask(page, "061.343.329-91")
    expect(page.locator("[name=cpf]")).to_have_value(re.compile("061"))
    page.locator("[name=allow_invalid_check_digits]").check()
    page.get_by_role("button", name="Consultar").click()
    on_dossier(page)
    expect(page.get_by_text("Rua Joaquina")).to_be_visible()


def test_someone_in_no_source_has_a_complete_dossier_that_says_so(page: Page, stack: Stack) -> None:
    log_in(page, stack)
    ask(page, cast.BEATRIZ.cpf)
    on_dossier(page)
    expect(page.get_by_role("heading", name="Pessoa não encontrada")).to_be_visible()


def test_the_whole_journey_works_without_a_mouse(page: Page, stack: Stack) -> None:
    log_in(page, stack)
    page.locator("[name=cpf]").focus()
    page.keyboard.type(cast.MARIA.cpf)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    on_dossier(page)
    expect(page.get_by_role("heading", name="Maria Oliveira")).to_be_visible()
