"""The provider's addresses, and what it says of somebody."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.urls import include, path
from oauth2_provider import urls
from oauth2_provider.oauth2_validators import OAuth2Validator

from tests.fakes.provider import PEOPLE


class Validator(OAuth2Validator):  # type: ignore[misc]  # the toolkit has no types
    """Says the name and the address by which one is known."""

    def get_additional_claims(self, request: Any) -> dict[str, object]:
        """The claims of who signs in."""
        name = request.user.get_username()
        return {"preferred_username": name, **PEOPLE[name]}


urlpatterns = [path("login/", LoginView.as_view()), path("o/", include(urls))]
