"""A CPF while it is typed, in Chromium: the script says at once what the server would say, and masks it."""

import pytest
from playwright.sync_api import Page, expect

from orchestrator.errors import InvalidInput
from orchestrator.sealing import cpf
from portal.presenting import refusals
from tests.integration.portal.conftest import Fakes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TYPED = [
    "52998224725", "529.982.247-25", " 529 982 247 25 ", "529.982.247–25", "529.982.247−25", "'52998224725",
    "52998224725.0", "52998224725,00", "\ufeff529\u200b982\u00a024725", "111.444.777-35", "000.000.001-91",
    "529.982.247-26", "52998224700", "111.111.111-11", "00000000000",
    "529.982.247", "5299822472512", "5", "", "   ",
    "-52998224725", "−52998224725", ".52998224725", "5.29982247E+10", "6,13E+10", "6E10",
    "11.222.333/0001-81", "11222333000181", "12.ABC.345/01DE-35", "12ABC34501DE35", "12ABC34501DE36",
    "#REF!", "#N/D", "529.982.247-2x", "Maria", "٥٢٩٩٨٢٢٤٧٢٥", "529/982/247/25", "529982247250", "12345678.9",
]  # fmt: skip


def verdict(text: str) -> str:
    """The server's; nothing of an empty field, of which only sending it tells."""
    try:
        cpf.checked(text, allow_invalid_check_digits=False)
    except InvalidInput as refused:
        return "" if refused.code == "empty" and not text.strip() else str(refusals.CPF_ERRORS[refused.code])
    return ""


@pytest.fixture
def form(browsing: Page) -> Page:
    """The first page."""
    browsing.goto("/")
    return browsing


def test_whatever_is_pasted_the_page_says_at_once_what_the_server_would(
    form: Page, fake_sources: Fakes
) -> None:
    field, told = form.locator("#id_cpf"), form.locator("#cpf-told")
    for text in TYPED:
        field.fill(text)
        field.dispatch_event("change")
        assert (told.text_content() or "") == verdict(text), repr(text)
        assert (field.get_attribute("aria-invalid") == "true") == bool(verdict(text)), repr(text)


def test_a_cpf_is_masked_as_it_is_typed_and_corrected(form: Page, fake_sources: Fakes) -> None:
    field = form.locator("#id_cpf")
    field.press_sequentially("529982")
    expect(field).to_have_value("529.982")
    expect(form.locator("#cpf-told")).to_be_empty()  # it is only begun
    field.press_sequentially("24726")
    expect(field).to_have_value("529.982.247-26")
    expect(form.locator("#cpf-told")).to_contain_text("Os dígitos verificadores não conferem")
    field.press("Backspace")
    expect(form.locator("#cpf-told")).to_be_empty()
    field.press("5")
    expect(field).to_have_value("529.982.247-25")
    for _ in range(7):
        field.press("ArrowLeft")
    field.press("Backspace")  # amid the digits the place is kept
    field.press("2")
    expect(field).to_have_value("529.982.247-25")


@pytest.mark.parametrize("pasted", ["52998224725", " 529 982 247 25", "'52998224725", "52998224725.0"])
def test_whatever_is_pasted_is_shown_as_a_cpf(form: Page, fake_sources: Fakes, pasted: str) -> None:
    form.locator("#id_cpf").fill(pasted)
    expect(form.locator("#id_cpf")).to_have_value("529.982.247-25")


def test_enter_sends_what_was_typed_and_the_purpose_is_remembered(form: Page, fake_sources: Fakes) -> None:
    form.locator("#id_purpose").select_option("collection")
    form.locator("#id_cpf").press_sequentially("52998224725")
    form.locator("#id_cpf").press("Enter")
    form.wait_for_url("**/requests/*/")
    form.goto("/")
    expect(form.locator("#id_purpose")).to_have_value("collection")


def test_a_search_is_sent_by_enter_and_going_back_sends_nothing_again(
    form: Page, fake_sources: Fakes
) -> None:
    search = form.locator("[data-key='/']")
    search.fill("zoroastro")
    search.press("Enter")
    expect(form.get_by_text("Ninguém com esse nome")).to_be_visible()
    assert form.url.endswith("/find/")
    form.reload()
    expect(form.locator("[data-key='/']")).to_have_value("")
