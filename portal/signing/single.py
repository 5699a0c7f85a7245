"""Single sign-on: whose account here is who a provider says."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from portal.access.accounts import people
from portal.access.readers import SINGLE_SIGN_ON
from portal.signing.adapters import no_account

log = structlog.get_logger(__name__)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # has no types
    """Links who comes from the provider to an account that exists: by an address that the provider verified,
    else by the name that it knows them by. It makes an account only where OIDC_DEFAULT_ROLE names its role.
    """

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Links at the first time. Raises ImmediateHttpResponse where there is nobody to link to."""
        if sociallogin.is_existing:
            return
        told = sociallogin.user
        verified = [each.email for each in sociallogin.email_addresses if each.verified]
        user = _known(verified, told.username) or _made(told.username, verified)
        if user is None:
            log.warning("signing.unknown_at_sso")
            raise ImmediateHttpResponse(no_account(request))
        sociallogin.connect(request, user)

    def on_authentication_error(self, request: HttpRequest, *_: Any, **told: Any) -> None:
        """Raises ImmediateHttpResponse: the provider did not say who it is."""
        exception = told.get("exception")
        reason = type(exception).__name__ if exception else str(told.get("error"))
        raise ImmediateHttpResponse(failed(request, reason))


def patient(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of allauth's that asks the provider, and says so where that does not answer."""

    @wraps(view)
    def asked(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except RequestException as away:
            return failed(request, type(away).__name__)

    return asked


def failed(request: HttpRequest, reason: str) -> HttpResponse:
    """The page that says that the provider did not say who it is."""
    log.warning("signing.sso_failed", reason=reason)
    return render(request, "portal/sso_failed.html", status=403)


def _known(verified: list[str], name: str) -> User | None:
    """The one account with that address, else with that name; never one that is linked to somebody else."""
    by_address = [user for email in verified for user in User.objects.filter(email__iexact=email)]
    found = by_address or list(User.objects.filter(username=name) if name else ())
    if len(found) != 1 or SocialAccount.objects.filter(user=found[0]).exists():
        return None
    return found[0]


def _made(name: str, verified: list[str]) -> User | None:
    """A new account with the default role; None without one, or where name or address are taken."""
    role = (
        Group.objects.filter(name=settings.OIDC_DEFAULT_ROLE).first() if settings.OIDC_DEFAULT_ROLE else None
    )
    email = verified[0] if verified else ""
    if role is None or people.is_taken(name) or (email and User.objects.filter(email__iexact=email).exists()):
        return None
    user = User(username=name, email=email)
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError:
        return None
    people.enter(SINGLE_SIGN_ON, user, [role.name])
    return user
