"""The values of a source's answer, each checked and brought into our form. Pure.

A refusal names the key, never the value: values are people's data.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from orchestrator.errors import BadAnswer
from orchestrator.records import Kind, Value

Check = Callable[[Any, str], Value]  # a value and its key; raises BadAnswer

_CENT = Decimal("0.01")
_DIGITS = 12
_TOO_MUCH = Decimal(10) ** _DIGITS
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_CENTS = re.compile(r"-?[1-9][0-9]{0,11}\.[0-9]{1,2}")


def _money(value: Any, key: str) -> Decimal:
    """Decimal strings and JSON numbers alike, to cents, half-even, below 10¹² in size."""
    text = value if type(value) is str else str(value) if type(value) is int else ""
    if _CENTS.fullmatch(text):  # most amounts: nothing to round
        return Decimal(text if text[-3] == "." else text + "0")
    if not _AMOUNT.fullmatch(text):
        raise BadAnswer(f"{key} is not money")
    exact = Decimal(text)
    if exact and exact.adjusted() >= _DIGITS:
        raise BadAnswer(f"{key} is not a possible amount")
    amount = exact.quantize(_CENT, ROUND_HALF_EVEN) + 0  # adding zero turns a negative zero into zero
    if abs(amount) >= _TOO_MUCH:  # rounding may reach the bound
        raise BadAnswer(f"{key} is not a possible amount")
    return amount


def _date(text: str, key: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadAnswer(f"{key} is not a date") from None


def _instant(text: str, key: str) -> datetime | None:
    """An instant in UTC; the zero values of both kinds of source ("" and Go's year 1) are None."""
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.year == 1 and text.startswith("0001-01-01"):
            return None
        zone = instant.tzinfo
        return instant if zone is UTC else (instant if zone else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadAnswer(f"{key} is not an instant") from None


CHECKS: Mapping[Kind, Check] = {  # of the kinds that have more to them than JSON's type
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.INSTANT: _instant,
    Kind.DAY: _instant,
}
