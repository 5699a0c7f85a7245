"""The orchestrator as a Django app; it lives in the portal's process and database."""

from django.apps import AppConfig
from django.core import checks

from orchestrator.clients import registry


class OrchestratorConfig(AppConfig):
    """Names the app."""

    name = "orchestrator"

    def ready(self) -> None:
        """Registers the check; safe to run twice."""
        checks.register(registry.check)
