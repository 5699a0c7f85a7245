"""Waiting for a slow source in Chromium, with real workers: what has come is there before the end."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_browser import WAIT_MS, add_customer, ask, browser, log_in, on_dossier, page
from tests.stack import Stack

__all__ = ["browser", "page"]  # fixtures

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_blocks_appear_as_they_arrive_before_there_is_a_version(page: Page, stack: Stack) -> None:
    add_customer(stack)
    log_in(page, stack)
    with stack.frozen("capa"):
        ask(page, "862.883.667-57", fresh=True)
        page.wait_for_url(re.compile(r"/requests/[0-9a-f-]{36}/$"))
        expect(page.locator(".whom")).to_contain_text("•••.883.667-••")
        debts = page.locator("[aria-labelledby=arrived-debts]")
        expect(debts).to_contain_text("R$ 1.234,56", timeout=WAIT_MS)
        expect(debts).to_contain_text("ainda não salvo")
        expect(page.locator("[aria-labelledby=arrived-beta]")).to_contain_text("não conhece esta pessoa")
        expect(page).to_have_title("2 de 3 · Consulta em andamento · Dossiê")
        expect(page.locator("[aria-labelledby=arrived-financial_transactions]")).to_have_count(0)
        expect(page.locator("#progress .line").nth(2)).to_contain_text(re.compile(r"há \d+ s"))
    on_dossier(page)
    expect(page.get_by_text("R$ 1.234,56").first).to_be_visible()
