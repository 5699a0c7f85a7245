"""What is pasted as a CPF means the same on the page, over the API, in the terminal and in a list."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from orchestrator.lists import reading
from orchestrator.lists.reading import Rejected
from orchestrator.models import Dossier
from orchestrator.records.runs import RejectedLine
from portal.presenting import refusals
from tests.integration.portal.conftest import DOSSIERS, FORM, post

MARIA = "52998224725"
PASTED = [
    "529.982.247-25",
    " 529 982 247 25\u200b",
    "\ufeff529.982.247\N{EN DASH}25",
    "529.982.247\N{MINUS SIGN}25\u00a0",
    "52998224725.0",
]
REFUSED = {
    "": "empty",
    " \u00a0": "empty",
    "1234567": "length",
    "1234567890123": "length",
    "5299822472a": "characters",
    "٥٢٩٩٨٢٢٤٧٢٥": "characters",
    "52998\x00224725": "characters",
    "x" * 300: "characters",
    "6,13433E+10": "scientific",
    "12.345.678/0001-95": "cnpj",
    "12.ABC.345/01DE-35": "cnpj",
    "\N{MINUS SIGN}52998224725": "minus",
    "#N/D": "not_text",
    "11111111111": "repeated",
    "52998224726": "check_digits",
}
ENGLISH = {"Accept-Language": "en"}


@pytest.mark.parametrize("text", PASTED)
def test_what_is_pasted_around_a_cpf_is_taken_off_in_every_way(
    analyst: Client, api: Client, text: str
) -> None:
    assert analyst.post("/", {**FORM, "cpf": text}).status_code == 302
    assert post(api, DOSSIERS, {"cpf": text, "purpose": "collection"}).status_code == 202
    found = post(api, f"{DOSSIERS}search/", {"cpf": text})
    assert (found.status_code, found.json()["cpf"]) == (200, MARIA)
    assert Dossier.objects.count() == 1
    assert [getattr(row, "cpf", "") for row in _listed(text)] == [MARIA]


@pytest.mark.parametrize(("text", "code"), REFUSED.items(), ids=lambda value: repr(value)[:20])
def test_what_is_no_cpf_is_refused_in_the_same_words_in_every_way(
    analyst: Client, api: Client, text: str, code: str
) -> None:
    shown = analyst.post("/", {**FORM, "cpf": text}).content.decode()
    [on_the_page] = re.findall(r'id="id_cpf_error" role="alert">(.*?)</p>', shown)
    with translation.override("pt-br"):
        assert unescape(on_the_page) == _in_a_list(text) == refusals.CPF_ERRORS[code]
    api.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    ask = {"cpf": text, "purpose": "collection"}
    refused = api.post(DOSSIERS, ask, content_type="application/json", headers=ENGLISH)
    with translation.override("en"):
        assert (refused.status_code, refused.json()["cpf"]) == (400, [refusals.CPF_ERRORS[code]])
        assert _in_a_list(text) == refusals.CPF_ERRORS[code]
    if code != "check_digits":  # who types a command is only warned of those
        with pytest.raises(CommandError) as said:
            call_command("dossier", "--purpose", "collection", "--", text)
        assert str(said.value) == f"cpf: {refused.json()['cpf'][0]}"
        with pytest.raises(CommandError) as said:
            call_command("dossier", "--purpose", "collection", "--lang", "pt-br", "--", text)
        assert str(said.value) == f"cpf: {unescape(on_the_page)}"
    assert not Dossier.objects.exists()


def _listed(text: str) -> list[object]:
    return list(reading.read(f"nome;cpf\nx;{text}\n".encode()).rows)


def _in_a_list(text: str) -> str:
    [row] = _listed(text)
    assert isinstance(row, Rejected)
    return refusals.row_refusal(RejectedLine(**vars(row)))
