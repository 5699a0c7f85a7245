"""Every code of the contract has words, in both languages."""

import re
from pathlib import Path

import pytest
from django.utils import translation

import portal
from orchestrator.errors import InvalidInput
from orchestrator.lists import reading
from orchestrator.records.requests import Purpose
from orchestrator.records.runs import RejectedLine
from orchestrator.sealing import cpf
from portal.api import run_serializers, serializers
from portal.presenting import refusals, words
from tests.fakes import uploads
from tests.fakes.people import MARIA

CATALOGUE = Path(portal.__file__).parent / "locale/en/LC_MESSAGES/django.po"


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([purpose.value for purpose in Purpose], words.PURPOSES),
        (serializers.FETCH_STATES, words.FETCH_STATES),
        (serializers.REQUEST_STATES, words.REQUEST_STATES),
        (run_serializers.MEMBER_ERROR_CODES, words.ERRORS),
        (serializers.ORIGINS, words.ORIGINS),
        (serializers.OUTCOMES, words.OUTCOMES),
        (serializers.CIRCUITS, words.CIRCUIT_NOTES),
    ],
)
def test_every_code_has_words(codes: list[str], told: dict[str, object]) -> None:
    assert set(told) == set(codes)


@pytest.mark.parametrize("signs", [words.FETCH_STATES, words.SOURCE_STATES])
def test_a_state_is_told_apart_by_word_and_by_icon_not_by_colour_alone(signs: dict[str, words.Sign]) -> None:
    assert len({str(sign.word) for sign in signs.values()}) == len(signs)
    assert len({sign.icon for sign in signs.values()}) == len(signs)


def test_every_icon_that_a_sign_names_is_drawn() -> None:
    drawn = (Path(portal.__file__).parent / "templates/portal/icons.html").read_text()
    signs = [*words.FETCH_STATES.values(), *words.REQUEST_STATES.values(), *words.SOURCE_STATES.values()]
    assert [sign.icon for sign in signs if f'id="icon-{sign.icon}"' not in drawn] == []


def test_a_code_that_is_not_known_yet_is_shown_as_it_is() -> None:
    assert words.error("brand_new") == "brand_new"
    assert words.error(None) == ""


CPFS = [
    "",
    "123",
    "5299822472a",
    "6,13E+10",
    "12.345.678/0001-95",
    "-52998224725",
    "#N/D",
    "11111111111",
    "52998224726",
]


@pytest.mark.parametrize("text", CPFS)
def test_a_cpf_is_refused_in_the_orchestrator_s_words_in_english_and_in_others_in_portuguese(
    text: str,
) -> None:
    with pytest.raises(InvalidInput) as refused:
        cpf.checked(text, allow_invalid_check_digits=False)
    with translation.override("en"):
        assert refusals.refusal(refused.value) == refused.value.message
    with translation.override("pt-br"):
        assert (
            refusals.refusal(refused.value)
            == refusals.CPF_ERRORS[refused.value.code]
            != refused.value.message
        )


LISTS = [
    b"",
    b"<html>",
    b"%PDF-1.7",
    b"\xd0\xcf\x11\xe0" + "EncryptedPackage\0".encode("utf-16-le"),
    b"\xd0\xcf\x11\xe0" + "Workbook\0".encode("utf-16-le"),
    b"PK\x03\x04",
    b"52998224725\n",
    b"nome;idade\nx;y\n",
    b"cpf;cpf\n",
    b"cpf\n",
    b"cpf\n" + b"x" * 300_000,
    b"cpf\n" + b"x\n" * 100_001,
    uploads.workbook(a=[["cpf"]], b=[["cpf"]]),
]


@pytest.mark.parametrize("content", LISTS, ids=lambda content: repr(content[:12]))
def test_a_list_is_refused_in_the_orchestrator_s_words_in_english_and_in_others_in_portuguese(
    content: bytes,
) -> None:
    with pytest.raises(InvalidInput) as refused:
        list(reading.read(content).rows)
    with translation.override("en"):
        assert refusals.refusal(refused.value) == refused.value.message
    with translation.override("pt-br"):
        assert refusals.refusal(refused.value) not in (refused.value.message, "")


def test_a_row_is_refused_in_the_orchestrator_s_words_in_english() -> None:
    rows = reading.read(f'cpf\n{MARIA}\n"{MARIA}"0\n{MARIA}\n'.encode()).rows
    told = [RejectedLine(**vars(row)) for row in rows if isinstance(row, reading.Rejected)]
    assert [row.code for row in told] == ["quotes", "duplicate"]
    with translation.override("en"):
        assert [refusals.row_refusal(row) for row in told] == [row.message for row in told]


def test_english_says_it_in_english() -> None:
    with translation.override("en"):
        assert str(words.PURPOSES["credit_analysis"]) == "Credit analysis"
        assert str(words.FETCH_STATES["failed"].word) == "failed"


def test_every_text_marked_for_translation_is_in_the_english_catalogue() -> None:
    known = set(re.findall(r'^msgid "(.+)"$', CATALOGUE.read_text(), re.MULTILINE))
    pages = Path(portal.__file__).parent / "templates"
    text = "\n".join(page.read_text() for page in pages.rglob("*.html"))
    marked = {match[1] for match in re.findall(r"""translate (["'])(.+?)\1 %""", text)}
    code = "\n".join(module.read_text() for module in Path(portal.__file__).parent.rglob("*.py"))
    for parts in re.findall(r'\b_\(\s*((?:"[^"]+"\s*)+)', code):  # a long text is written in parts
        marked.add("".join(re.findall(r'"([^"]+)"', parts)))
    assert marked
    assert marked - known == set()


def test_no_english_text_is_left_empty() -> None:
    with translation.override("en"):
        assert translation.gettext("Atualizar agora") == "Update now"
    _, *entries = CATALOGUE.read_text().split("\n\n")
    assert [entry for entry in entries if re.search(r'^msgstr(\[\d\])? ""$', entry, re.MULTILINE)] == []
