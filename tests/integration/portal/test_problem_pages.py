"""Pages that refuse or fail: what happened, what to do next, the way back, and nothing of the inside."""

import re

import pytest
from django.test import Client

from portal.access import dossiers
from tests.fakes.people import MARIA
from tests.logs import captured

pytestmark = pytest.mark.django_db
MENU = 'aria-label="Páginas"'


def text(browser: Client, url: str, status: int) -> str:
    """A page's text where it is answered so."""
    answer = browser.get(url)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("url", "status", "next_step"),
    [
        ("/record/", 403, "peça a quem cuida das contas"),
        ("/dossiers/999999/", 404, "Confira o endereço"),
        ("/nowhere/", 404, "Confira o endereço"),
    ],
)
def test_who_is_signed_in_keeps_the_menu_and_is_told_what_to_do(
    analyst: Client, url: str, status: int, next_step: str
) -> None:
    shown = text(analyst, url, status)
    assert MENU in shown
    assert '<a href="/">Nova consulta</a>' in shown
    assert next_step in shown
    assert "Voltar ao início" in shown


def test_who_is_not_signed_in_has_the_brand_and_the_way_to_the_start_alone() -> None:
    shown = text(Client(), "/nowhere/", 404)
    assert MENU not in shown
    assert '<a class="brand" href="/">' in shown
    assert "Voltar ao início" in shown


def test_a_page_that_refuses_speaks_the_chosen_language(analyst: Client) -> None:
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    assert "ask whoever looks after the accounts" in text(analyst, "/record/", 403)


def test_an_address_that_cannot_be_meant_is_a_page_too(analyst: Client) -> None:
    assert "recarregue-a e tente de novo" in text(analyst, "/?" + "&" * 2000, 400)


def test_an_unexpected_error_tells_a_code_that_the_log_has_and_nothing_of_the_error(
    analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError(f"about {MARIA}")

    monkeypatch.setattr(dossiers, "sources", broken)
    analyst.raise_request_exception = False
    logged = captured()
    shown = text(analyst, "/sources/", 500)
    found = re.search("<code>([0-9a-f]{16})</code>", shown)
    assert found
    assert {line["request"] for line in logged() if line["event"] == "request"} == {found[1]}
    assert MARIA not in shown
    assert "RuntimeError" not in shown
