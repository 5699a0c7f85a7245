"""A portal that cannot be reached: a form stays as it was typed, says so, and goes on by itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.integration.portal.looks.conftest import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOTICE = "Sem conexão com o portal. O que foi digitado continua aqui"


def test_a_form_waits_for_the_portal_and_is_sent_once(visitors: Visitors) -> None:
    with visitors.visit("analyst") as page:
        posted: list[str] = []
        page.on("request", lambda sent: posted.append(sent.url) if sent.is_navigation_request() else None)
        page.goto("/")
        posted.clear()
        page.locator("#id_cpf").fill("390.533.447-05")
        page.locator("#id_purpose").select_option("collection")
        page.context.set_offline(True)
        page.get_by_role("button", name="Consultar", exact=True).click()
        expect(page.get_by_text(NOTICE)).to_be_visible()
        page.get_by_role("button", name="Consultar", exact=True).click()  # impatiently
        expect(page.locator("#id_cpf")).to_have_value("390.533.447-05")
        assert posted == []

        page.context.set_offline(False)
        page.wait_for_url(re.compile("/requests/[0-9a-f-]{36}/$"))
        assert [url for url in posted if not url.endswith("/")] == []
        assert len(posted) == 2  # the form, and where it led


def test_a_form_goes_at_once_where_the_portal_answers(visitors: Visitors) -> None:
    with visitors.visit("auditor") as page:
        page.goto("/record/")
        page.locator("#id_person").fill("123")
        page.get_by_role("button", name="Procurar").click()
        expect(page.get_by_text("O CPF precisa ter 11 dígitos")).to_be_visible()
        expect(page.get_by_text(NOTICE)).to_be_hidden()


def test_a_page_that_asks_by_itself_says_so_too_and_takes_it_back(visitors: Visitors) -> None:
    with visitors.visit("analyst") as page:
        page.goto("/")
        page.context.set_offline(True)
        page.locator("#id_cpf").press_sequentially("390.533.447-05")  # which looks ahead (the outlook)
        expect(page.get_by_text(NOTICE)).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_text(NOTICE)).to_be_hidden()
        expect(page.locator("#id_cpf")).to_have_value("390.533.447-05")


@pytest.mark.parametrize("path", ["/requests/{waiting}/", "/runs/{moving}/", "/runs/"])
def test_a_page_that_polls_says_that_it_goes_on_by_itself(visitors: Visitors, path: str) -> None:
    with visitors.visit("supervisor" if "runs" in path else "analyst") as page:
        page.goto(visitors.world.path(path))
        page.context.set_offline(True)
        offline = page.get_by_text("Sem conexão com o portal;")
        expect(offline).to_be_visible(timeout=15_000)
        page.context.set_offline(False)
        expect(offline).to_be_hidden(timeout=15_000)
