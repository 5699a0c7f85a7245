"""The kinds of value that the sources accept. Each refuses with a message, never with a 500."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ops.service.fields import WholeNumberField

CPF = re.compile(r"[0-9]{11}")
CPF_MESSAGE = _("A CPF is a string of exactly 11 digits.")
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
    """BRL with at most two places, finite, below 10¹² in size; may be negative."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """A Decimal with two places, and without a negative zero."""
        if isinstance(data, str) and not data.isascii():
            self.fail("invalid")
        return super().to_internal_value(data) + Decimal("0.00")


class InstantField(serializers.DateTimeField):
    """An instant as ISO 8601. Without an offset it is in `default_timezone`; kept as UTC."""

    default_error_messages = {"range": _("The year is out of range.")}

    def to_internal_value(self, value: Any) -> datetime:
        """An aware datetime in UTC, by the millisecond, as MongoDB keeps it."""
        instant = super().to_internal_value(value)
        if not 1 < instant.year < 9999:
            self.fail("range")
        return instant.astimezone(UTC).replace(microsecond=instant.microsecond // 1000 * 1000)


class IdField(WholeNumberField):
    """A primary key of PostgreSQL; what does not fit into 64 bits is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)
