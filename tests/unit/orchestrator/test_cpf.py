"""What counts as a CPF that may be asked for."""

import pytest

from orchestrator.cpf import check_digits, checked, normalised
from orchestrator.errors import InvalidInput

# Check digits published as examples of the rule; the last two have a 10 that counts as 0.
KNOWN = ["52998224725", "11144477735", "39053344705", "12345678909"]


@pytest.mark.parametrize("cpf", KNOWN)
def test_the_check_digits_of_known_numbers_match(cpf: str) -> None:
    assert check_digits(cpf[:9]) == cpf[9:]


def test_punctuation_and_outer_spaces_are_stripped() -> None:
    assert checked(" 529.982.247-25 ", allow_invalid_check_digits=False) == "52998224725"


@pytest.mark.parametrize(
    "text",
    ["", "5299822472", "529982247255", "5299822472a", "٥٢٩٩٨٢٢٤٧٢٥", "529 982 247 25", "52998224725\x00"],
)
def test_anything_but_eleven_ascii_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        normalised(text)
    assert (caught.value.field, caught.value.code) == ("cpf", "length")


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
