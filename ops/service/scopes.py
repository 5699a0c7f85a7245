"""Which scopes a client gets: those it is allowed, all of them unless it names some."""

from typing import Any

from oauth2_provider.scopes import SettingsScopes

from ops.service.models import ApiClient


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
