"""Thresholds are an installation's settings."""

from decimal import Decimal

from django.test import override_settings

from portal.figures import thresholds
from portal.figures.thresholds import Thresholds


def test_a_fresh_installation_has_the_declared_thresholds() -> None:
    assert thresholds.current() == Thresholds()


@override_settings(
    MINIMO_EXISTENCIAL=Decimal("700.00"),
    FLAG_INCOME_APART=Decimal("0.5"),
    FLAG_NEGATIVE_MONTHS=4,
    MATERIAL_NEW_DEBT=Decimal("1.00"),
    MATERIAL_INCOME_FALL=Decimal("0.1"),
)
def test_each_threshold_is_a_setting_of_its_own() -> None:
    assert thresholds.current() == Thresholds(
        minimum=Decimal("700.00"),
        income_apart=Decimal("0.5"),
        negative_months=4,
        new_debt=Decimal("1.00"),
        income_fall=Decimal("0.1"),
    )
