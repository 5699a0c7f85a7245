"""What figures, flags and material changes are held against: one set of amounts and shares, from settings."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Amounts are in BRL, shares are parts of one.

    `minimum`: the mínimo existencial, which a person needs each month to live (Decreto 11.150/2022, art. 3,
    as changed by Decreto 11.567/2023).
    """

    minimum: Decimal = Decimal("600.00")
    income_apart: Decimal = Decimal("0.30")  # of declared and observed income, to be flagged
    negative_months: int = 2  # whole months that end below nought, to be flagged
    new_debt: Decimal = Decimal("500.00")  # what was not owed before, to be told as a change
    income_fall: Decimal = Decimal("0.20")  # likewise


def current() -> Thresholds:
    """Those of this installation."""
    return Thresholds(
        minimum=settings.MINIMO_EXISTENCIAL,
        income_apart=settings.FLAG_INCOME_APART,
        negative_months=settings.FLAG_NEGATIVE_MONTHS,
        new_debt=settings.MATERIAL_NEW_DEBT,
        income_fall=settings.MATERIAL_INCOME_FALL,
    )
