"""Alpha's Django app."""

from django.apps import AppConfig


class AlphaConfig(AppConfig):
    """Customers and debts."""

    name = "sources.alpha"
    label = "alpha"
