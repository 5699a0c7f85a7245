"""Values of stored documents as the original answered them.

Other systems feed MongoDB, and old documents lack fields. A field that is lacking, or null, is
answered with the zero value of its type, as the original's Go did: "", 0, and for an instant
0001-01-01T00:00:00Z. A batch reads tens of thousands of values: what is usual comes first, and costs
little.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bson import Decimal128

ZERO_INSTANT = "0001-01-01T00:00:00Z"
CENT = Decimal("0.01")
# A Decimal128 is two halves of 64 bits. Where the upper one is one of these (two places, with either sign),
# the lower one is an amount in cents (the BSON Decimal128 specification).
_SIGNS = {0x303C_0000_0000_0000: 1, 0xB03C_0000_0000_0000: -1}
_LARGEST_INTEGER = 2**63 - 1  # that orjson is sure to write


def text(value: Any) -> str:
    """A string; "" where there is none."""
    return "" if value is None else str(value)


def cents(value: Any) -> int:
    """Money in cents, half-even; what was stored as a double is read by its shortest form.

    Zero where there is nothing that can be read as an amount.
    """
    if isinstance(value, Decimal128):
        upper, lower = value.__getstate__()  # `bid` would pack them, for us to unpack
        if sign := _SIGNS.get(upper):
            return lower * sign
        value = value.to_decimal()
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else str(value))
        return int(amount.quantize(CENT).scaleb(2)) if amount.is_finite() else 0
    except InvalidOperation:
        return 0


def money(value: Any) -> str:
    """Money as a decimal string with two places."""
    amount = cents(value)
    whole, rest = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:02}"


def number(value: Any) -> int | float:
    """Money as the JSON number that Go would write: `12` for 12.00, else its shortest decimal form.

    Exact to the cent below 10¹², for a double holds 15 decimal digits.
    """
    amount = cents(value)
    whole, rest = divmod(amount, 100)
    return amount / 100 if rest or abs(whole) > _LARGEST_INTEGER else whole


def instant(value: Any) -> str:
    """An instant as the store gives it, in UTC, as ISO 8601."""
    return f"{value.replace(tzinfo=None).isoformat()}Z" if isinstance(value, datetime) else ZERO_INSTANT
