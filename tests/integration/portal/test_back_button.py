"""What the browser's back button finds, since no page is stored."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_going_back_to_a_refused_form_opens_an_empty_one_and_sends_nothing_again(browsing: Page) -> None:
    browsing.goto("/")
    browsing.locator("[name=cpf]").fill("529.982.247-26")
    browsing.get_by_role("button", name="Consultar").click()
    expect(browsing.get_by_role("alert").first).to_be_visible()
    browsing.goto("/dossiers/1/")
    browsing.go_back()
    expect(browsing.get_by_role("heading", name="Nova consulta")).to_be_visible()
    expect(browsing.get_by_role("alert")).to_have_count(0)
    expect(browsing.locator("[name=cpf]")).to_have_value("")
