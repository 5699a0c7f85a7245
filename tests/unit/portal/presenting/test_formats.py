"""How values are written on pages."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.timezone import now

from portal.presenting import formats


def both(write: Callable[..., str], *values: object) -> tuple[str, str]:
    """A value as it is written in Portuguese, and in English."""
    with translation.override("pt-br"):
        portuguese = write(*values)
    with translation.override("en"):
        return portuguese, write(*values)


@pytest.mark.parametrize(
    ("amount", "pt", "en"),
    [
        ("0", "R$ 0,00", "BRL 0.00"),
        ("1234.56", "R$ 1.234,56", "BRL 1,234.56"),
        ("1000000", "R$ 1.000.000,00", "BRL 1,000,000.00"),
        ("-0.5", "−R$ 0,50", "−BRL 0.50"),
        ("999999999999.99", "R$ 999.999.999.999,99", "BRL 999,999,999,999.99"),
    ],
)
def test_money_is_written_with_its_language_s_marks(amount: str, pt: str, en: str) -> None:
    assert both(formats.brl, Decimal(amount)) == (pt, en)


@pytest.mark.parametrize(
    ("amount", "pt", "en"),
    [
        ("0.01", "+0,01", "+0.01"),
        ("-1234.56", "−1.234,56", "−1,234.56"),
        ("0", "0,00", "0.00"),
        ("-0.00", "0,00", "0.00"),
    ],
)
def test_a_difference_tells_its_sign_and_none_has_none(amount: str, pt: str, en: str) -> None:
    assert both(formats.signed, Decimal(amount)) == (pt, en)


def test_a_cpf_is_written_with_its_dots_and_its_dash() -> None:
    assert formats.cpf("06134332991") == "061.343.329-91"


def test_a_masked_cpf_shows_the_middle_digits_only() -> None:
    assert formats.masked_cpf("06134332991") == "•••.343.329-••"


def test_a_date_is_written_day_first_and_in_english_by_its_month_s_name() -> None:
    assert both(formats.day, date(2018, 7, 9)) == ("09/07/2018", "9 Jul 2018")
    assert both(formats.day, date(2026, 11, 26)) == ("26/11/2026", "26 Nov 2026")


def test_an_instant_is_written_by_the_clock_of_sao_paulo() -> None:
    late = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
    assert both(formats.instant, late) == ("31/12/2025 23:30", "31 Dec 2025 23:30")
    assert both(formats.day_clock, late) == ("31/12/2025 23:30:00", "31 Dec 2025 23:30:00")
    assert both(formats.this_year, late) == ("31/12 23:30", "31 Dec 23:30")
    assert both(formats.clock, late) == ("23:30:00", "23:30:00")


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
    assert both(lambda: formats.age(now() - past)) == (pt, en)


@pytest.mark.parametrize(
    ("seconds", "pt", "en"),
    [
        (0.0004, "0 ms", "0 ms"),
        (0.2301, "230 ms", "230 ms"),
        (0.9994, "999 ms", "999 ms"),
        (0.9996, "1,0 s", "1.0 s"),
        (1.24, "1,2 s", "1.2 s"),
        (30.0, "30,0 s", "30.0 s"),
    ],
)
def test_a_short_time_is_milliseconds_below_a_second(seconds: float, pt: str, en: str) -> None:
    assert both(formats.duration, seconds) == (pt, en)


@pytest.mark.parametrize(
    ("per_second", "pt", "en"), [(1234.4, "1.234", "1,234"), (10, "10", "10"), (1.25, "1,2", "1.2")]
)
def test_a_rate_has_a_decimal_where_it_is_slow(per_second: float, pt: str, en: str) -> None:
    assert both(formats.rate, per_second) == (pt, en)


@pytest.mark.parametrize(
    ("part", "whole", "pt", "en"),
    [
        (0, 0, "", ""),
        (3, 3, "100 %", "100%"),
        (1, 2, "50 %", "50%"),
        (1, 3, "33,3 %", "33.3%"),
        (99999, 100000, "99,9 %", "99.9%"),
        (0, 5, "0 %", "0%"),
    ],
)
def test_a_share_is_rounded_down_so_that_only_all_is_100(part: int, whole: int, pt: str, en: str) -> None:
    assert both(formats.share, part, whole) == (pt, en)
