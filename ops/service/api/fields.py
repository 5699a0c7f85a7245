"""The kinds of input that every service takes, strictly: what is meant is never guessed."""

import re
from typing import Any

from rest_framework import serializers

_WHOLE = re.compile(r"-?[0-9]{1,19}")  # Python's int() takes the digits of every script, `1_000` and blanks


class WholeNumberField(serializers.IntegerField):
    """A whole number in ASCII digits."""

    def to_internal_value(self, data: Any) -> int:
        """The number; a text of JSON's and of an address are read alike."""
        if isinstance(data, float) and data.is_integer():
            data = int(data)  # JSON has one kind of number
        if isinstance(data, bool) or not _WHOLE.fullmatch(str(data)):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class TextField(serializers.CharField):
    """A text of JSON's; DRF would also take a number, which may have lost something on its way."""

    def to_internal_value(self, data: Any) -> str:
        """The text, without outer blanks."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class FlagField(serializers.BooleanField):
    """`true` or `false` as JSON has them; DRF would also take "no", "off" and 0."""

    def to_internal_value(self, data: Any) -> bool:
        """The value as it came."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
