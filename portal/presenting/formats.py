"""How values are written on pages, in the active language: `R$ 1.234,56` or `BRL 1,234.56`.

For eyes only: files for programs (`portal/payloads`) write no value by these, `utc` apart.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils.dateformat import format as dated
from django.utils.timesince import timesince
from django.utils.timezone import localtime, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _

_AS_BRAZIL_WRITES = str.maketrans(",.", ".,")
MINUS = "−"


def brl(amount: Decimal) -> str:
    """Money in BRL as `R$ 1.234,56` or `BRL 1,234.56`; below zero with a minus sign before it."""
    return f"{MINUS if amount < 0 else ''}{'BRL' if _is_english() else 'R$'} {_marked(f'{abs(amount):,.2f}')}"


def signed(amount: Decimal) -> str:
    """A difference of money, with its sign and without its currency: `+0,01`, `−1.234,56`, `0,00`."""
    sign = MINUS if amount < 0 else "+" if amount > 0 else ""
    return sign + _marked(f"{abs(amount):,.2f}")


def bare(amount: Decimal) -> str:
    """Money as a spreadsheet in the page's language takes it: `-1234,56` or `-1234.56`."""
    return f"{amount:.2f}" if _is_english() else f"{amount:.2f}".replace(".", ",")


def cpf(digits: str) -> str:
    """A CPF of 11 digits as `000.000.000-00`."""
    return f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}"


def masked_cpf(digits: str) -> str:
    """A CPF to tell people apart by, without showing it: `•••.000.000-••`."""
    return f"•••.{digits[3:6]}.{digits[6:9]}-••"


def day(value: date) -> str:
    """A date as `26/11/2026`; in English as `26 Nov 2026`: its readers differ on which is the month."""
    return dated(value, "j M Y" if _is_english() else "d/m/Y")


def month(value: date) -> str:
    """A month as `outubro de 2026` or `October 2026`."""
    return dated(value, "F Y") if _is_english() else dated(value, r"F \d\e Y").lower()


def instant(value: datetime) -> str:
    """An aware instant as its day and `hh:mm`, in the pages' time zone."""
    return f"{day(localtime(value))} {localtime(value):%H:%M}"


def clock(value: datetime) -> str:
    """The time of day of an aware instant as `hh:mm:ss`, in the pages' time zone."""
    return f"{localtime(value):%H:%M:%S}"


def day_clock(value: datetime) -> str:
    """An aware instant as its day and `hh:mm:ss`, in the pages' time zone."""
    return f"{day(localtime(value))} {clock(value)}"


def utc(value: datetime) -> str:
    """An aware instant for machines: ISO 8601, in UTC, with Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def age(since: datetime) -> str:
    """How long ago an instant was, in one unit and in the page's language: `há 3 dias`."""
    if now() - since < timedelta(minutes=1):
        return _("há menos de um minuto")
    return _("há %(time)s") % {"time": timesince(since, depth=1)}


def duration(seconds: float) -> str:
    """A short time, as `230 ms` or `1,2 s` (`1.2 s`)."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{_marked(f'{seconds:.1f}')} s"


def long_duration(seconds: float) -> str:
    """A time that may be long, to its minute: `menos de um minuto`, `12 min`, `1 h 05 min`."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min" if minutes else _("menos de um minuto")
    return f"{hours} h {minutes:02d} min"


def number(count: int) -> str:
    """A count as `12.345` or `12,345`."""
    return _marked(f"{count:,}")


def rate(per_second: float) -> str:
    """How many in a second, as `320` or `1,2` (`1.2`)."""
    return number(round(per_second)) if per_second >= 10 else _marked(f"{per_second:.1f}")


def share(part: int, whole: int) -> str:
    """A part of a whole as `98,5 %` or `98.5%`, rounded down: only all is 100 %. Empty without a whole."""
    if not whole:
        return ""
    tenths = part * 1000 // whole
    digits = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
    return _marked(digits) + ("%" if _is_english() else " %")


def _is_english() -> bool:
    return get_language() == "en"


def _marked(digits: str) -> str:
    """Digits as programs write them, with the active language's marks of thousands and of decimals."""
    return digits if _is_english() else digits.translate(_AS_BRAZIL_WRITES)
