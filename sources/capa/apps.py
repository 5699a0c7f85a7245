"""Capa's Django app."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import post_migrate

from sources.common import mongo


class CapaConfig(AppConfig):
    """Transactions, last purchases and consulted CPFs."""

    name = "sources.capa"
    label = "capa"

    def ready(self) -> None:
        """Registers the connection, and has `migrate` create the indexes.

        The signal is sent only for apps with models in PostgreSQL, which this one has not.
        """
        mongo.connect(settings.MONGO_URL, settings.MONGO_DATABASE)
        post_migrate.connect(create_indexes, sender=apps.get_app_config("service"))


def create_indexes(**_signal: Any) -> None:
    """Safe to run twice."""
    from sources.capa import audit, documents  # their collections need the connection

    for document in (documents.FinancialTransaction, documents.LastPurchase):
        document.ensure_indexes()
    for log in (documents.ConsultedCpf, documents.Roster):
        log.ensure_indexes()
    audit.keep_for(settings.CONSULTED_DAYS)
