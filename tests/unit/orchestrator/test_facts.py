"""The one form of each fact."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import content


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("Rua das Flores, 10", "Rua das Flores, 10"),
        ("Rua das Flores, 10 ", "Rua das Flores, 10"),
        ("Rua  das Flores,\t10", "Rua das Flores, 10"),
        ("Sa\u0303o Paulo", "São Paulo"),
        ("São\u00a0Paulo\u2003", "São Paulo"),
        ("São\ufeff Pau\u00adlo", "São Paulo"),
        ("Rua A\r\nCasa 2\t", "Rua A Casa 2"),
        (" ", ""),
        ("", ""),
        ("joão", "joão"),  # another letter is another text
    ],
)
def test_a_text_has_one_form(written: str, one: str) -> None:
    assert content.text(written) == one


@given(st.text())
def test_the_form_of_a_text_is_composed_and_final(written: str) -> None:
    one = content.text(written)
    assert content.text(one) == one
    assert content.text(unicodedata.normalize("NFD", written)) == one
    assert content.text(f" {written}  ") == one


@given(st.integers(-2_000_000_000_000, 4_000_000_000_000), st.integers(-14, 14))
def test_an_instant_is_the_same_in_every_zone_and_has_no_fraction(milliseconds: int, hours: int) -> None:
    here = datetime.fromtimestamp(milliseconds / 1000, UTC)
    there = here.astimezone(timezone(timedelta(hours=hours)))
    assert content.instant(there) == content.instant(here) == here.replace(microsecond=0)
