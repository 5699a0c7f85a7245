"""What counts as a CPF that may be asked for."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import InvalidInput
from orchestrator.sealing.cpf import check_digits, checked, normalised

# Check digits published as examples of the rule; the last two have a 10 that counts as 0.
KNOWN = ["52998224725", "11144477735", "39053344705", "12345678909"]


@pytest.mark.parametrize("cpf", KNOWN)
def test_the_check_digits_of_known_numbers_match(cpf: str) -> None:
    assert check_digits(cpf[:9]) == cpf[9:]


DASHES = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Pd"]
BLANKS = [chr(code) for code in range(0x3001) if chr(code).isspace()]


@pytest.mark.parametrize(
    "text",
    [
        " 529.982.247-25 ",
        "529 982 247 25",
        "529\u200982.247\u00a0-\u00a025".replace("\u200982", "\u2009982"),
        "\ufeff529.982.247-25",
        "5\u200b2\u200c9\u200d9\u206082.247-25\u00ad",
        "529.982.247\N{MINUS SIGN}25",
        "529\t982\r\n247 25\n",
        "'529.982.247-25",
        "52998224725.0",
        *(f"529{dash}982{dash}247{dash}25" for dash in DASHES),
        *(f"{blank}529{blank}982247{blank}25{blank}" for blank in BLANKS),
    ],
)
def test_what_people_and_programs_write_around_a_cpf_is_taken_off(text: str) -> None:
    assert checked(text, allow_invalid_check_digits=False) == "52998224725"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \u00a0\u200b\ufeff'", "empty"),
        ("5299822472", "length"),
        ("529982247255", "length"),
        ("5299822472a", "characters"),
        ("52998224725a", "characters"),
        ("a52998224725", "characters"),
        ("529.982.247/25", "characters"),
        ("52998224725\x00", "characters"),
        ("٥٢٩٩٨٢٢٤٧٢٥", "characters"),
        ("５２９９８２２４７２５", "characters"),
        ("-", "characters"),
        ("-52998224725", "minus"),
        (" \N{MINUS SIGN} 529.982.247-25", "minus"),
        ("–52998224725", "minus"),
        ("6,13433E+10", "scientific"),
        ("6.13e9", "scientific"),
        ("#N/D", "not_text"),
        ("12.345.678/0001-95", "cnpj"),
        ("12345678000195", "cnpj"),
        ("12345678000195.0", "cnpj"),
        ("12.ABC.345/01DE-35", "cnpj"),
        ("12abc34501de35", "cnpj"),
        ("12ABC34501DE36", "characters"),  # without its signs and with other check digits any word would do
        ("AB.CDE.FGH/0001-12", "cnpj"),
    ],
)
def test_anything_but_eleven_ascii_digits_is_refused_by_what_it_is(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalised(text)
    assert (caught.value.field, caught.value.code) == ("cpf", code)


@given(st.text(alphabet="0123456789.-−– \u00a0\u200bE+,/'aZ", max_size=20))
def test_taking_off_never_makes_a_cpf_of_other_digits(text: str) -> None:
    try:
        found = normalised(text)
    except InvalidInput:
        return
    assert found == "".join(re.findall("[0-9]", re.sub(r"([0-9]{8})[.,]0{1,2}$", r"\1", text)))[:11]


def test_a_repeated_digit_is_refused_even_when_wrong_check_digits_are_allowed() -> None:
    with pytest.raises(InvalidInput) as caught:
        checked("11111111111", allow_invalid_check_digits=True)
    assert caught.value.code == "repeated"


def test_wrong_check_digits_are_refused_unless_asked_for_all_the_same() -> None:
    with pytest.raises(InvalidInput) as caught:
        checked("06934332991", allow_invalid_check_digits=False)
    assert caught.value.code == "check_digits"
    assert checked("06934332991", allow_invalid_check_digits=True) == "06934332991"


def test_a_refusal_never_repeats_what_was_typed() -> None:
    with pytest.raises(InvalidInput) as caught:
        checked("06934332991", allow_invalid_check_digits=False)
    assert "06934332991" not in f"{caught.value} {caught.value.message}"
