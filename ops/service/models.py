"""The API clients of a service."""

from django.db import models
from oauth2_provider.models import AbstractApplication


class ApiClient(AbstractApplication):  # type: ignore[misc]  # the toolkit has no types
    """A machine client, with the scopes that it may ask for (swapped in as OAuth's application)."""

    allowed_scopes = models.TextField(blank=True, default="", help_text="Scope names, space separated")

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        abstract = False
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"

    @property
    def scopes(self) -> list[str]:
        """The scopes that a token of this client may carry."""
        return self.allowed_scopes.split()
