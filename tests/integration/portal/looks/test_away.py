"""A portal that cannot be reached: a form stays as it was typed, says so, and goes on by itself."""

import re

import pytest
from django.conf import settings
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


def test_a_form_is_sent_once_where_the_portal_answers_and_only_the_session_cannot_be_looked_up(
    visitors: Visitors,
) -> None:
    """session.js and away.js both hold it back: neither may ask the other for ever."""
    with visitors.visit("analyst") as page:
        posted: list[str] = []
        page.on("request", lambda sent: posted.append(sent.url) if sent.method == "POST" else None)
        page.goto("/")
        page.locator("#id_cpf").fill("390.533.447-05")
        page.locator("#id_purpose").select_option("collection")
        page.route("**/session/", lambda route: route.fulfill(status=500))
        page.get_by_role("button", name="Consultar", exact=True).click()
        page.wait_for_url(re.compile("/requests/[0-9a-f-]{36}/$"))
        assert len([url for url in posted if not url.endswith("/outlook/")]) == 1


def test_whoever_reads_far_down_sees_that_the_session_has_ended_and_that_the_portal_is_away(
    visitors: Visitors,
) -> None:
    with visitors.visit("analyst") as page:
        page.set_viewport_size({"width": 1024, "height": 400})
        page.goto(visitors.world.path("/dossiers/{maria}/"))
        heading = page.locator(".chosen-rows thead button").last  # sent by htmx, which moves only a part
        page.context.set_offline(True)
        heading.click()
        expect(page.get_by_text(NOTICE)).to_be_in_viewport()
        page.context.set_offline(False)
        expect(page.get_by_text(NOTICE)).to_be_hidden()
        page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        heading.click()
        expect(page.get_by_text("Sua sessão terminou.")).to_be_in_viewport()
