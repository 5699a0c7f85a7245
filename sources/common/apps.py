"""What the three sources share: batch, listing, paging, values, drills."""

from django.apps import AppConfig
from django.core import checks

from sources.common.drill import middleware


class CommonConfig(AppConfig):
    """Brings the command `load_customers`, and a check that refuses drills in production."""

    name = "sources.common"
    label = "sources_common"

    def ready(self) -> None:
        """Registers the check; safe to run twice."""
        checks.register(middleware.check, checks.Tags.security)
