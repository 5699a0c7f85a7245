"""The kinds of value that the sources accept. Each refuses with a message, never with a 500."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from ops.service.api.fields import WholeNumberField

CPF = re.compile(r"[0-9]{11}")
CPF_MESSAGE = _("A CPF is a string of exactly 11 digits.")
AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]{1,2})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
OFFSET = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2})$", re.IGNORECASE)
INSTANT = re.compile(
    DAY.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?", re.IGNORECASE
)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")

MONEY_HELP = "BRL: digits with at most two decimals after a point, no exponent, no thousands point."
INSTANT_HELP = "RFC 3339. Without an offset: the time of São Paulo."
BIRTH_HELP = "RFC 3339, a day or an instant. The day that is written counts, whatever the offset."

LARGEST_ID = 2**63 - 1
AT_MOST: dict[str, Any] = {"max_length": 1000}  # of a nested list; DRF's types do not know the argument


def is_cpf(value: object) -> bool:
    """Whether a value is a string of 11 ASCII digits. Check digits are not looked at: other
    systems feed the sources, and the original's samples have wrong ones."""
    return isinstance(value, str) and CPF.fullmatch(value) is not None


class CpfField(serializers.CharField):
    """A string of exactly 11 ASCII digits; a JSON number is refused, for it has lost its zeros."""

    default_error_messages = {"cpf": CPF_MESSAGE}

    def to_internal_value(self, data: Any) -> str:
        """The CPF as it came."""
        if not is_cpf(data):
            self.fail("cpf")
        return str(data)


class MoneyField(serializers.DecimalField):
    """BRL with at most two places, finite, below 10¹² in size; may be negative.

    As text by digits, a point and nothing else. Who writes is there to be asked: more places are refused,
    in a number too, where a reader would have to round.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **{"help_text": MONEY_HELP, **kwargs})

    def to_internal_value(self, data: Any) -> Decimal:
        """A Decimal with two places, and without a negative zero."""
        if isinstance(data, str) and not AMOUNT.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data) + Decimal("0.00")


class DateField(serializers.DateField):
    """A day as RFC 3339 writes it, YYYY-MM-DD."""

    def to_internal_value(self, value: Any) -> date:
        """The day; ISO 8601's other forms are refused."""
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class InstantField(serializers.DateTimeField):
    """An instant by RFC 3339. Without an offset it is in the time of São Paulo; kept as UTC."""

    default_error_messages = {"range": _("The year is out of range.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=SAO_PAULO, **{"help_text": INSTANT_HELP, **kwargs})

    def to_internal_value(self, value: Any) -> datetime:
        """An aware datetime in UTC, by the millisecond, as MongoDB keeps it."""
        if not isinstance(value, str) or not INSTANT.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss[.fff][Z|±hh:mm]")
        instant = super().to_internal_value(value.upper())
        if not 1 < instant.year < 9999:
            self.fail("range")
        return instant.astimezone(UTC).replace(microsecond=instant.microsecond // 1000 * 1000)


class BirthField(InstantField):
    """A day, alone or as an instant: the day that is written counts, so that no offset moves it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": BIRTH_HELP, **kwargs})

    def to_internal_value(self, value: Any) -> datetime:
        """The written day and time, kept as if they were UTC's."""
        if isinstance(value, str):
            written = f"{value}T00:00:00" if DAY.fullmatch(value) else value
            value = OFFSET.sub("", written) + "Z"
        return super().to_internal_value(value)


class IdField(WholeNumberField):
    """A primary key of PostgreSQL; what does not fit into 64 bits is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


def cpf_taken() -> ValidationError:
    """Two customers of one source cannot share a CPF."""
    return ValidationError({"cpf": [_("A customer with this CPF already exists.")]}, code="unique")
