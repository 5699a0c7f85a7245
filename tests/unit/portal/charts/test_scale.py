"""Axes: few round steps that hold all amounts, and amounts written short."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.charts.scale import MOST_STEPS, Scale, short

AMOUNTS = st.lists(st.decimals(-(10**12), 10**12, places=2), max_size=20)


@given(AMOUNTS)
def test_an_axis_holds_all_amounts_and_nought_in_few_steps(amounts: list[Decimal]) -> None:
    scale = Scale.over(amounts, start=100, end=0)
    assert 2 <= len(scale.ticks) <= MOST_STEPS + 3
    assert 0 in scale.ticks
    assert all(0 <= scale.place(amount) <= 100 for amount in amounts)


def test_places_grow_with_amounts() -> None:
    scale = Scale.over([Decimal(1000), Decimal(-500)], start=90, end=0)
    assert scale.ticks == (-500, 0, 500, 1000)
    assert [scale.place(Decimal(n)) for n in (-500, 0, 1000)] == [90, 60, 0]


@pytest.mark.parametrize(
    ("amount", "pt", "en"),
    [
        ("0", "0", "0"),
        ("250", "250", "250"),
        ("0.05", "0,05", "0.05"),
        ("-2500", "−2,5 mil", "−2.5k"),
        ("10000", "10 mil", "10k"),
        ("2500000", "2,5 mi", "2.5m"),
        ("5000000000000", "5.000 bi", "5,000bn"),
    ],
)
def test_amounts_are_written_short(amount: str, pt: str, en: str) -> None:
    assert short(Decimal(amount)) == pt
    with translation.override("en"):
        assert short(Decimal(amount)) == en
