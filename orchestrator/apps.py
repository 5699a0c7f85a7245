"""The orchestrator as a Django app; it lives in the portal's process and database."""

from django.apps import AppConfig


class OrchestratorConfig(AppConfig):
    """Names the app."""

    name = "orchestrator"
