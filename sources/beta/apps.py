"""Beta's Django app."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import post_migrate

from sources.common import mongo


class BetaConfig(AppConfig):
    """Customers, assets and income."""

    name = "sources.beta"
    label = "beta"

    def ready(self) -> None:
        """Registers the connection, and has `migrate` create the indexes.

        The signal is sent only for apps with models in PostgreSQL, which this one has not.
        """
        mongo.connect(settings.MONGO_URL, settings.MONGO_DATABASE)
        post_migrate.connect(create_indexes, sender=apps.get_app_config("service"))


def create_indexes(**_signal: Any) -> None:
    """Safe to run twice."""
    from sources.beta.documents import CustomerDocument  # its collection needs the connection

    CustomerDocument.ensure_indexes()
