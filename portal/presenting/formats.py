"""How values are written on pages: the Brazilian way, in both languages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils.timesince import timesince
from django.utils.timezone import localtime, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def brl(amount: Decimal) -> str:
    """Money in BRL as `R$ 1.234,56`; below zero with a minus sign before it."""
    digits = f"{abs(amount):,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{'−' if amount < 0 else ''}R$ {digits}"


def difference(amount: Decimal) -> str:
    """By how much money moved: always with its sign."""
    return f"+{brl(amount)}" if amount > 0 else brl(amount)


def cpf(digits: str) -> str:
    """A CPF of 11 digits as `000.000.000-00`."""
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"


def masked_cpf(digits: str) -> str:
    """A CPF to tell people apart by, without showing it: `•••.000.000-••`."""
    return f"•••.{digits[3:6]}.{digits[6:9]}-••"


def day(value: date) -> str:
    """A date as `dd/mm/aaaa`."""
    return f"{value:%d/%m/%Y}"


def instant(value: datetime) -> str:
    """An aware instant as `dd/mm/aaaa hh:mm`, in the pages' time zone."""
    return f"{localtime(value):%d/%m/%Y %H:%M}"


def clock(value: datetime) -> str:
    """The time of day of an aware instant as `hh:mm:ss`, in the pages' time zone."""
    return f"{localtime(value):%H:%M:%S}"


def day_clock(value: datetime) -> str:
    """An aware instant as `dd/mm/aaaa hh:mm:ss`, in the pages' time zone."""
    return f"{localtime(value):%d/%m/%Y %H:%M:%S}"


def utc(value: datetime) -> str:
    """An aware instant for machines: ISO 8601, in UTC, with Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def age(since: datetime) -> str:
    """How long ago an instant was, in one unit and in the page's language: `há 3 dias`."""
    if now() - since < timedelta(minutes=1):
        return _("há menos de um minuto")
    return _("há %(time)s") % {"time": timesince(since, depth=1)}


def duration(seconds: float) -> str:
    """A short time, as `230 ms` or `1,2 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s".replace(".", ",")


def long_duration(seconds: float) -> str:
    """A time that may be long, to its minute: `menos de um minuto`, `12 min`, `1 h 05 min`."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min" if minutes else _("menos de um minuto")
    return f"{hours} h {minutes:02d} min"


def number(count: int) -> str:
    """A count as `12.345`."""
    return f"{count:,}".replace(",", ".")


def spoken(count: int) -> str:
    """A count within a sentence, as its language writes it: `12.345`, or `12,345` in English."""
    return f"{count:,}" if get_language() == "en" else number(count)


def rate(per_second: float) -> str:
    """How many in a second, as `320` or `1,2`."""
    return number(round(per_second)) if per_second >= 10 else f"{per_second:.1f}".replace(".", ",")


def share(part: int, whole: int) -> str:
    """A part of a whole as `98,5 %`, rounded down: only all of it is 100 %. Empty without a whole."""
    if not whole:
        return ""
    tenths = part * 1000 // whole
    return f"{tenths // 10},{tenths % 10} %".replace(",0 ", " ")
