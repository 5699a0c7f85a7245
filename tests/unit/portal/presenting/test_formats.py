"""How values are written on pages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.timezone import now

from portal.presenting import formats


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "R$ 0,00"),
        ("1234.56", "R$ 1.234,56"),
        ("1000000", "R$ 1.000.000,00"),
        ("-0.5", "−R$ 0,50"),
        ("999999999999.99", "R$ 999.999.999.999,99"),
    ],
)
def test_money_is_written_the_brazilian_way(amount: str, written: str) -> None:
    assert formats.brl(Decimal(amount)) == written


def test_a_cpf_is_written_with_its_dots_and_its_dash() -> None:
    assert formats.cpf("06134332991") == "061.343.329-91"


def test_a_masked_cpf_shows_the_middle_digits_only() -> None:
    assert formats.masked_cpf("06134332991") == "•••.343.329-••"


def test_a_date_is_written_day_first() -> None:
    assert formats.day(date(2018, 7, 9)) == "09/07/2018"


def test_an_instant_is_written_by_the_clock_of_sao_paulo() -> None:
    late = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
    assert formats.instant(late) == "31/12/2025 23:30"
    assert formats.clock(late) == "23:30:00"


def test_an_instant_for_machines_is_in_utc_with_z() -> None:
    local = datetime.fromisoformat("2011-10-05T11:48:00-03:00")
    assert formats.utc(local) == "2011-10-05T14:48:00Z"


@pytest.mark.parametrize(
    ("past", "pt", "en"),
    [
        (timedelta(seconds=5), "há menos de um minuto", "less than a minute ago"),
        (timedelta(days=3, hours=5), "há 3\xa0dias", "3\xa0days ago"),
    ],
)
def test_an_age_is_told_in_one_unit_and_in_the_page_s_language(past: timedelta, pt: str, en: str) -> None:
    assert formats.age(now() - past) == pt
    with translation.override("en"):
        assert formats.age(now() - past) == en


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0004, "0 ms"),
        (0.2301, "230 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1,0 s"),
        (1.24, "1,2 s"),
        (30.0, "30,0 s"),
    ],
)
def test_a_short_time_is_milliseconds_below_a_second(seconds: float, written: str) -> None:
    assert formats.duration(seconds) == written


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(0, 0, ""), (3, 3, "100 %"), (1, 2, "50 %"), (1, 3, "33,3 %"), (99999, 100000, "99,9 %"), (0, 5, "0 %")],
)
def test_a_share_is_rounded_down_so_that_only_all_is_100(part: int, whole: int, written: str) -> None:
    assert formats.share(part, whole) == written
