"""Single keys: `?` lists them, `/` leads to the main field; none does anything while somebody types."""

import re

import pytest
from playwright.sync_api import expect

from tests.integration.portal.looks.conftest import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_keys_lead_to_fields_and_to_their_list_unless_somebody_types(visitors: Visitors) -> None:
    with visitors.visit("auditor") as page:
        page.goto("/record/")
        cpf, listed = page.locator("#id_person"), page.get_by_role("dialog", name="Teclas de atalho")
        cpf.focus()
        page.keyboard.type("1?/2")
        expect(cpf).to_have_value("1?/2")
        expect(listed).to_be_hidden()
        page.locator("#main").focus()
        page.keyboard.press("Control+/")
        expect(cpf).not_to_be_focused()
        page.keyboard.press("/")
        expect(cpf).to_be_focused()
        expect(cpf).to_have_value("1?/2")

        page.locator("#main").focus()
        page.keyboard.press("?")
        expect(listed).to_be_visible()
        expect(listed.get_by_text("vai ao campo principal da página")).to_be_visible()
        page.keyboard.press("/")
        expect(cpf).not_to_be_focused()
        page.keyboard.press("Escape")
        expect(listed).to_be_hidden()


def test_keys_can_be_turned_off_and_stay_off(visitors: Visitors) -> None:
    with visitors.visit("auditor") as page:
        page.goto("/account/")
        page.get_by_role("link", name="Teclas de atalho").click()
        listed = page.get_by_role("dialog", name="Teclas de atalho")
        listed.get_by_label("Usar as teclas de um só sinal").uncheck()
        listed.get_by_role("button", name="Fechar").click()
        expect(listed).to_be_hidden()
        page.goto("/record/")
        page.locator("#main").focus()
        page.keyboard.press("?")
        page.keyboard.press("/")
        expect(listed).to_be_hidden()
        expect(page.locator("#id_person")).not_to_be_focused()

        page.get_by_role("link", name="Teclas de atalho").click()
        listed.get_by_label("Usar as teclas de um só sinal").check()
        page.keyboard.press("Escape")
        page.locator("#main").focus()
        page.keyboard.press("/")
        expect(page.locator("#id_person")).to_be_focused()


def test_the_list_is_a_page_too_for_who_has_no_script(visitors: Visitors) -> None:
    with visitors.visit("analyst") as page:
        page.route("**/*.js", lambda route: route.abort())
        page.goto("/account/")
        page.get_by_role("link", name="Teclas de atalho").click()
        page.wait_for_url(re.compile("/keys/$"))
        expect(page.get_by_role("main").get_by_text("vai ao campo principal da página")).to_be_visible()
