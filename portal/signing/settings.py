"""Django's and allauth's settings of signing in; the portal's begin with `import *` from here."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ops.service.env import env
from ops.service.settings import SERVED_BY_HTTPS
from portal.access import roles


def known_roles(setting: str, *given: str) -> list[str]:
    """The roles that a setting names, without empty ones. Raises ImproperlyConfigured for one that there is
    not: it would be nobody's, and whom it was meant for would come in without."""
    named = [name.strip() for name in given if name.strip()]
    for name in named:
        if name not in roles.ROLES:
            raise ImproperlyConfigured(f"{setting}: there is no role {name!r}, but {', '.join(roles.ROLES)}.")
    return named


SIGNING_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
_DJANGO = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_DJANGO}UserAttributeSimilarityValidator"},
    {"NAME": f"{_DJANGO}MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_DJANGO}CommonPasswordValidator"},
    {"NAME": f"{_DJANGO}NumericPasswordValidator"},
    {"NAME": "portal.signing.passwords.BreachedPasswordValidator"},
]

# A session ends by itself: so long after its last activity, and so long after its login.
SESSION_IDLE_SECONDS: int = env.int("SESSION_IDLE_SECONDS", default=30 * 60)
SESSION_SECONDS: int = env.int("SESSION_SECONDS", default=10 * 3600)
# So long after its login, or after a confirmation, a session may do what asks for a recent one.
REAUTHENTICATED_SECONDS: int = env.int("REAUTHENTICATED_SECONDS", default=15 * 60)
SESSION_COOKIE_AGE = SESSION_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Failures in so many seconds: of somebody from an address, of an address whoever it tries, and, of second
# factors, of somebody from wherever: who comes that far has the password already.
LOCKOUT_SECONDS: int = env.int("LOCKOUT_SECONDS", default=15 * 60)
LOCKOUT_FAILURES: int = env.int("LOCKOUT_FAILURES", default=5)
LOCKOUT_ADDRESS_FAILURES: int = env.int("LOCKOUT_ADDRESS_FAILURES", default=100)
LOCKOUT_CODE_FAILURES = 20

# The roles whose people must have a second factor.
MFA_REQUIRED_ROLES = known_roles("MFA_REQUIRED_ROLES", *env.list("MFA_REQUIRED_ROLES", default=[]))

# allauth. Nobody signs up, nothing is mailed, and our own lock-outs stand in the place of its limits, which
# are counted in a cache that each process has for itself.
# The last hops of X-Forwarded-For are the proxies' word.
ALLAUTH_TRUSTED_PROXY_COUNT: int = env.int("PROXIES", default=int(SERVED_BY_HTTPS))
ACCOUNT_ADAPTER = "portal.signing.adapters.AccountAdapter"
ACCOUNT_SIGNUP_ENABLED = False
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "portal.signing.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "portal.signing.forms.SecondFactorForm",
    "activate_totp": "portal.signing.forms.SecondFactorSetupForm",
}
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute wrong
MFA_TOTP_ISSUER = "Dossiê"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RATE_LIMITS = False
MFA_REAUTHENTICATION_REQUIRED = False  # ours is: portal/signing/recent.py
SOCIALACCOUNT_ADAPTER = "portal.signing.single.SingleSignOnAdapter"
# A link, not a form: `form-action 'self'` would stop a form whose answer leads to the provider.
SOCIALACCOUNT_LOGIN_ON_GET = True

# Single sign-on with an OpenID Connect provider. Accounts are linked; none is made unless a role is named.
OIDC_ISSUER = str(env.str("OIDC_ISSUER", default="")).rstrip("/")
OIDC_NAME: str = env.str("OIDC_NAME", default="")
OIDC_DEFAULT_ROLE = "".join(known_roles("OIDC_DEFAULT_ROLE", env.str("OIDC_DEFAULT_ROLE", default="")))


def single_sign_on(issuer: str, client_id: str, secret: str, name: str) -> dict[str, Any]:
    """SOCIALACCOUNT_PROVIDERS with one provider; none where there is no issuer.

    Raises ImproperlyConfigured for one that anybody on the way could play: not https, nor on loopback.
    """
    if not issuer:
        return {}
    address = urlsplit(issuer)
    if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ImproperlyConfigured("OIDC_ISSUER must be an https:// address.")
    if not client_id:
        raise ImproperlyConfigured("OIDC_CLIENT_ID is not set. Give the client that the provider knows.")
    app = {
        "provider_id": "sso",
        "name": name or _("login único"),
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


SOCIALACCOUNT_PROVIDERS = single_sign_on(
    OIDC_ISSUER,
    str(env.str("OIDC_CLIENT_ID", default="")),
    str(env.str("OIDC_CLIENT_SECRET", default="")),
    OIDC_NAME,
)
