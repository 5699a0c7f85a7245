"""What every page's session goes through before its view."""

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from ops.service.serving.middleware import is_api
from portal.signing import codes, sessions

# What somebody without the second factor that they must have may open: the way to one, and the way out.
OPEN = frozenset(
    {
        "login", "account_login", "logout", "set_language", "session", "confirm",
        "mfa_activate_totp", "mfa_view_recovery_codes",
        "openid_connect_login", "openid_connect_callback",
    }
)  # fmt: skip

log = structlog.get_logger(__name__)


class SessionLimits:
    """Ends a session that was idle for too long, or has lasted too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Goes on as nobody where the session is over. A page's own polls (htmx) are no use of it."""
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES and not is_api(request)
        if has_session and request.user.is_authenticated:
            if why := sessions.why_over(request.session):
                log.info("signing.session_ended", user=request.user.pk, why=why)
                logout(request)
            elif request.method != "GET" or "HX-Request" not in request.headers:
                sessions.note_use(request.session)
        return self.get_response(request)


class SecondFactorFirst:
    """Leads who must have a second factor, and has none, to where it is set up; all else waits."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on; see `process_view`."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """The way to the set-up, where it has to come first."""
        if not settings.MFA_REQUIRED_ROLES or is_api(request) or not request.user.is_authenticated:
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in OPEN or not codes.is_lacking(request.user):
            return None
        setup = redirect("mfa_activate_totp")
        return HttpResponseClientRedirect(setup.url) if "HX-Request" in request.headers else setup
