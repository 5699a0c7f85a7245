"""Amounts as places: round steps of an axis, and amounts written short beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.utils.translation import get_language

from portal.presenting import formats

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
MOST_STEPS = 5
CENT = Decimal("0.01")
# From which amount on, by what it is divided, and what the rest is called in Portuguese and in English.
SHORT = ((Decimal(10) ** 9, " bi", "bn"), (Decimal(10) ** 6, " mi", "m"), (Decimal(10) ** 3, " mil", "k"))


@dataclass(frozen=True, kw_only=True)
class Scale:
    """An axis of amounts: `ticks` from the least to the most, placed between two ends of the drawing."""

    ticks: tuple[Decimal, ...]
    start: float  # where the least is placed
    end: float

    @classmethod
    def over(cls, amounts: Iterable[Decimal], *, start: float, end: float) -> "Scale":
        """One that holds nought and all of these, in few round steps."""
        held = [Decimal(0), *amounts]
        low, high = min(held), max(held)
        step = _step(high - low)
        first = (low / step).to_integral_value(ROUND_FLOOR)
        last = max((high / step).to_integral_value(ROUND_CEILING), first + 1)
        ticks = tuple(step * n for n in range(int(first), int(last) + 1))
        return cls(ticks=ticks, start=start, end=end)

    def place(self, amount: Decimal) -> float:
        """Where an amount is."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.start + float((amount - low) / (high - low)) * (self.end - self.start)


def short(amount: Decimal) -> str:
    """A round amount for an axis, without its currency: `0`, `−2,5 mil`, `1 mi` (`−2.5k`, `1m`)."""
    size, english = abs(amount), get_language() == "en"
    divisor, pt, en = next((each for each in SHORT if size >= each[0]), (Decimal(1), "", ""))
    digits = f"{size / divisor:,.2f}".rstrip("0").rstrip(".")
    written = digits if english else digits.translate(str.maketrans(",.", ".,"))
    return f"{formats.MINUS if amount < 0 else ''}{written}{en if english else pt}"


def _step(span: Decimal) -> Decimal:
    """The smallest round step of which few make a span."""
    if not span:
        return Decimal(1)
    least = max(span / MOST_STEPS, CENT)
    power = Decimal(10) ** least.adjusted()
    return next(step * power for step in STEPS if step * power >= least)
