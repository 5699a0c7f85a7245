"""The portal's Django application."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages and API; it has no tables of its own."""

    name = "portal"
