"""The values of a source's answer, each checked and brought into its one form. Pure.

A refusal names the key, never the value: values are people's data.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from orchestrator import content
from orchestrator.errors import BadAnswer
from orchestrator.records.sources import Kind, Value

Check = Callable[[Any, str], Value]  # a value and its key; raises BadAnswer

_CENT = Decimal("0.01")
_ZERO = Decimal("0.00")
_TOO_MUCH = Decimal(10) ** 12
_TOO_LITTLE = -_TOO_MUCH
_USUAL_AMOUNT = re.compile(r"-?[1-9][0-9]{0,11}\.[0-9]{2}")
_AMOUNT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,2})?")

# RFC 3339, but for the offset, which may be lacking. Every third character from the fifth on tells the
# usual forms from what else `fromisoformat` reads: it checks the digits between.
_USUAL_INSTANT = frozenset({"--T::Z", "--T::-:", "--T::+:"})
_INSTANT = re.compile(r"[0-9-]{10}[Tt][0-9:]{8}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?")
_DAY = "--"
_DAY_LENGTH = 10
_ZERO_DAY = "0001-01-01"


def _money(value: Any, key: str) -> Decimal:
    """BRL to cents, below 10¹² in size. A text has at most two decimals, for `1.234` may mean a thousand;
    a JSON number may have more, and is rounded half-even. `shapes.decoder` gives those as Decimals."""
    kind = type(value)
    if kind is str and _USUAL_AMOUNT.fullmatch(value):
        return Decimal(value)
    if kind is not Decimal and kind is not int and not (kind is str and _AMOUNT.fullmatch(value)):
        raise BadAnswer(f"{key} is not money")
    amount = value if kind is Decimal else Decimal(value)
    if not amount.same_quantum(_CENT) and _TOO_LITTLE < amount < _TOO_MUCH:
        amount = amount.quantize(_CENT, ROUND_HALF_EVEN)
    if not _TOO_LITTLE < amount < _TOO_MUCH:  # rounding may reach the bound
        raise BadAnswer(f"{key} is not a possible amount")
    return amount or _ZERO  # never a negative zero


def _date(text: str, key: str) -> date | None:
    """A day, YYYY-MM-DD and nothing else: with a time it might be another day in São Paulo."""
    if not text:
        return None
    try:
        if text[4::3] != _DAY:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise BadAnswer(f"{key} is not a date") from None


def _day(text: str, key: str) -> date | None:
    """The day that is written, whatever the time and the offset that a source writes with it."""
    if len(text) > _DAY_LENGTH:
        _instant(text, key)
    return None if text.startswith(_ZERO_DAY) else _date(text[:_DAY_LENGTH], key)


def _instant(text: str, key: str) -> datetime | None:
    """An instant by RFC 3339, in UTC and to the second; the zero values of both kinds of source ("" and
    Go's year 1) are None."""
    if not text:
        return None
    try:
        usual = text[4::3] in _USUAL_INSTANT
        if not usual and not _INSTANT.fullmatch(text):
            raise ValueError
        instant = datetime.fromisoformat(text if usual else text.upper())
        if instant.year == 1 and text.startswith(_ZERO_DAY):
            return None
        return instant.astimezone(UTC) if usual else content.instant(instant)
    except (ValueError, OverflowError):
        raise BadAnswer(f"{key} is not an instant") from None


CHECKS: Mapping[Kind, Check] = {  # of the kinds that have more to them than JSON's type
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.INSTANT: _instant,
    Kind.DAY: _day,
}
