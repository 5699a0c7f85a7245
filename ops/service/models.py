"""The API clients of a service: which scopes they get, and how their secrets are hashed."""

from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import models
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication
from oauth2_provider.scopes import SettingsScopes


class ApiClient(AbstractApplication):  # type: ignore[misc]  # the toolkit has no types
    """A machine client, with the scopes that it may ask for (swapped in as OAuth's application)."""

    allowed_scopes = models.TextField(
        _("allowed scopes"), blank=True, default="", help_text=_("Scope names, space separated")
    )

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        abstract = False
        verbose_name, verbose_name_plural = _("API client"), _("API clients")
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"

    @property
    def scopes(self) -> list[str]:
        """The scopes that a token of this client may carry."""
        return self.allowed_scopes.split()


class ClientScopes(SettingsScopes):  # type: ignore[misc]  # the toolkit has no types
    """Scopes by client instead of one list for all."""

    def get_available_scopes(
        self, application: ApiClient | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """What the client may ask for; asking for more is answered with `invalid_scope`."""
        if application is None:
            return list(self.get_all_scopes())
        return [scope for scope in application.scopes if scope in self.get_all_scopes()]

    def get_default_scopes(
        self, application: ApiClient | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """What a token carries whose request named no scope: all that the client is allowed."""
        return self.get_available_scopes(application, request)


class ClientSecretHasher(PBKDF2PasswordHasher):
    """A salted hash in one round: a secret of 128 random characters needs no slowing down.

    For client secrets only. People's passwords use Django's own hashers.
    """

    algorithm = "client_secret_sha256"
    iterations = 1
