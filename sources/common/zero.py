"""Values of stored documents as the original answered them.

Other systems feed MongoDB, and old documents lack fields. A field that is lacking, or null, is
answered with the zero value of its type, as the original's Go did: "", 0, and for an instant
0001-01-01T00:00:00Z.
"""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from bson import Decimal128

ZERO_INSTANT = "0001-01-01T00:00:00Z"
CENT = Decimal("0.01")


def text(value: Any) -> str:
    """A string; "" where there is none."""
    return "" if value is None else str(value)


def money(value: Any) -> Decimal:
    """Money as a Decimal with two places; what was stored as a double is read by its shortest form.

    Zero where there is nothing that can be read as an amount.
    """
    if isinstance(value, Decimal128):
        value = value.to_decimal()
    try:
        amount = Decimal(repr(value) if isinstance(value, float) else str(value))
        return amount.quantize(CENT) if amount.is_finite() else Decimal("0.00")
    except InvalidOperation:
        return Decimal("0.00")


def number(value: Any) -> int | float:
    """Money as the JSON number that Go would write: `12` for 12.00, else its shortest decimal form.

    Exact to the cent below 10¹², for a double holds 15 decimal digits.
    """
    amount = money(value)
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def instant(value: Any, zone: tzinfo = UTC) -> str:
    """An instant in ISO 8601 in a time zone.

    In UTC where the zone cannot show it: before zones, offsets were not whole minutes, which
    RFC 3339 has no way to write.
    """
    if not isinstance(value, datetime) or value == datetime.min.replace(tzinfo=UTC):
        return ZERO_INSTANT
    try:
        local = value.astimezone(zone)
    except OverflowError:
        local = value
    offset = local.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        local = value
    return local.isoformat().replace("+00:00", "Z")
