"""A section as its reader chose to see it: by POST, so that nothing of a person is in an address."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.fakes import people
from tests.fakes.people import MARIA
from tests.integration.portal.conftest import Build, Fakes, dossier_url

SECTION = {"section": "financial_transactions"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(built: Build, fake_sources: Fakes) -> str:
    """Where a section of Maria's is sorted and filtered: 450 debits, the last one of another kind."""
    answer = people.capa(MARIA, values=tuple(float(number) for number in range(1, 451)))
    answer["financial_transactions"][7]["description"] = "Padaria São João"
    fake_sources["capa"].people[MARIA] = answer
    return dossier_url(built()) + "versions/1/rows/"


def rows(response: Any) -> list[str]:
    """The values that are shown, in their order."""
    body = response.content.decode()
    assert response.status_code == 200, body
    return re.findall(r'data-bare="([\d,]+)" class="money"', body)


def test_a_long_section_comes_a_page_at_a_time_in_the_order_of_a_heading(analyst: Client, url: str) -> None:
    last = analyst.post(url, {**SECTION, "sort": "value", "page": "3"}, headers=HTMX)
    assert rows(last)[0] == "401,00"
    assert len(rows(last)) == 50
    assert "Página 3 de 3" in last.content.decode()


def test_to_htmx_the_section_comes_alone_and_without_it_the_whole_page(analyst: Client, url: str) -> None:
    told = {**SECTION, "words": "sao joao"}
    alone, whole = analyst.post(url, told, headers=HTMX), analyst.post(url, told)
    assert rows(alone) == ["8,00"]
    assert "<html" not in alone.content.decode()
    assert "8,00" in rows(whole)
    assert "R$ 9,00" not in whole.content.decode()
    assert "<html" in whole.content.decode()


def test_what_is_left_out_is_said_and_its_total_is_not_the_whole_s(analyst: Client, url: str) -> None:
    shown = analyst.post(url, {**SECTION, "words": "padaria"}, headers=HTMX).content.decode()
    for part in ("1 de 450", "dos filtrados:", "contém “padaria”"):
        assert part in shown
    assert "R$ 8,00" in shown
    assert "R$ 101.475,00" not in shown


def test_nothing_found_is_said_and_the_filters_stay(analyst: Client, url: str) -> None:
    shown = analyst.post(url, {**SECTION, "words": "<script>"}, headers=HTMX).content.decode()
    assert "Nenhum registro com estes filtros." in shown
    assert 'value="&lt;script&gt;"' in shown


def test_a_filter_is_taken_back_alone(analyst: Client, url: str) -> None:
    told = {**SECTION, "words": "padaria", "payment_type": "CreditCard", "drop": "words"}
    shown = analyst.post(url, told, headers=HTMX).content.decode()
    assert "Cartão de crédito <span" in shown
    assert "padaria" not in shown


@pytest.mark.parametrize("section", ["", "nothing", "id"])
def test_a_section_that_is_not_there_is_refused(analyst: Client, url: str, section: str) -> None:
    assert analyst.post(url, {"section": section}).status_code == 400


def test_the_page_itself_shows_no_more_than_a_page_of_a_long_section(analyst: Client, url: str) -> None:
    page = analyst.get(url.removesuffix("rows/"))
    assert len(rows(page)) == 200 + 3  # with a debt, an asset and an income
