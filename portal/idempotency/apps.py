"""The Django application of the kept answers."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    """One table, in the database of the asks: what is done and the answer to it are written together."""

    name = "portal.idempotency"
