"""What every Django service shares; each service's settings start with `import *` from here."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from ops.service.env import ROOT, database_url, env, required, service
from ops.service.serving.logs import logging_config

SERVICE = service()
SECRET_KEY = required("SECRET_KEY", "Give a long random string, the same for every process.")
# Those of before: what they signed and sealed still holds (sessions, second factors, anchors of the record).
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth2_provider",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "ops.service",
]

MIDDLEWARE = [
    "ops.service.serving.middleware.AccessLog",
    "ops.service.serving.middleware.RateLimits",
    # What every answer carries, also one that the rest below refuses.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ops.service.serving.middleware.ClosedByDefault",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ops.service.serving.middleware.AcceptedLanguage",
    "ops.service.serving.middleware.Bounded",
    "ops.service.serving.middleware.CommonMiddleware",
]

# Where this service is reached from outside; https there is a proxy's in front of it.
PUBLIC_URL = env.str(
    "PUBLIC_URL" if SERVICE == "portal" else f"{SERVICE.upper()}_PUBLIC_URL", default=""
).rstrip("/")
SERVED_BY_HTTPS = urlsplit(PUBLIC_URL).scheme == "https"
SECURE_SSL_REDIRECT = SERVED_BY_HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # asked by who stands beside the process
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SERVED_BY_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SERVED_BY_HTTPS
# Only behind the proxy that an https PUBLIC_URL implies may this header be believed.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SERVED_BY_HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # HSTS preloading binds a whole domain for good: its owner's to decide
]

# The addresses that machines read: one language that they accept, and errors as problems.
API_PATHS: tuple[str, ...] = ("/",)
# The types of problem that a service has besides those that all have: the dotted path of a mapping.
PROBLEM_TYPES = ""

# The OpenAPI page is the one template of a source.
TEMPLATES: list[dict[str, Any]] = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]


LONGEST_TOKEN_SECONDS = 900

# A session that holds an advisory lock is idle while its process calls a source. Where its host is lost
# the server must notice by itself: by default it takes two hours.
_SEEN_BY_THE_SERVER = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


def postgresql(name: str) -> dict[str, Any]:
    """Django's DATABASES for one of the four databases; connections outlive requests."""
    config: dict[str, Any] = env.db_url_config(database_url(name))
    # A frozen process, or a lost host, must not hold its locks for long: everybody else would wait.
    options = {
        "connect_timeout": 2,
        "application_name": f"dossier-{SERVICE}",
        "options": "-c idle_in_transaction_session_timeout=20s " + _SEEN_BY_THE_SERVER,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }
    return {"default": {**config, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}}


def token_seconds() -> int:
    """How long an access token is good: `TOKEN_SECONDS`, a quarter of an hour at most."""
    seconds = int(env.int("TOKEN_SECONDS", default=LONGEST_TOKEN_SECONDS))
    if not 60 <= seconds <= LONGEST_TOKEN_SECONDS:
        raise ImproperlyConfigured(
            f"TOKEN_SECONDS is {seconds}; it must be from 60 to {LONGEST_TOKEN_SECONDS}."
        )
    return seconds


def oauth(scopes: dict[str, str]) -> dict[str, Any]:
    """OAUTH2_PROVIDER for a service with these scopes, each with its description.

    Client credentials only; tokens are kept as checksums (RFC 9700, section 4).
    """
    return {
        "SCOPES": scopes,
        "SCOPES_BACKEND_CLASS": "ops.service.models.ClientScopes",
        "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
        "OAUTH2_VALIDATOR_CLASS": "ops.service.access.tokens.Validator",
        "CLIENT_SECRET_HASHER": "client_secret_sha256",  # nosec B105  # a name
        "ACCESS_TOKEN_EXPIRE_SECONDS": token_seconds(),
        "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
        "REFRESH_TOKEN_REUSE_PROTECTION": True,  # nosec B105  # a switch
        "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,  # nosec B105  # a switch
        "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
        "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,  # nosec B105  # a switch
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,  # nosec B105  # a switch
    }


def openapi(title: str, description: str) -> dict[str, Any]:
    """SPECTACULAR_SETTINGS: OpenAPI 3.1, its page served with our own files only."""
    return {
        "TITLE": title,
        "DESCRIPTION": description,
        "VERSION": "1.0.0",
        "OAS_VERSION": "3.1.0",
        "COMPONENT_SPLIT_REQUEST": True,  # what is read only is no input, and an upload is binary
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_PUBLIC": True,
        "SERVE_AUTHENTICATION": [],
        "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "SWAGGER_UI_SETTINGS": {"validatorUrl": None, "deepLinking": True},
    }


OAUTH2_PROVIDER_APPLICATION_MODEL = "service.ApiClient"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "ops.service.models.ClientSecretHasher",  # named in CLIENT_SECRET_HASHER, never people's
]

# How often: of a client anything, of an address without a good token, for tokens of a client at an address;
# and with a wrong secret in a quarter of an hour, of both and of the address alone.
API_PER_MINUTE: int = env.int("API_PER_MINUTE", default=6000)
UNKNOWN_PER_MINUTE: int = env.int("UNKNOWN_PER_MINUTE", default=3000)
TOKENS_PER_MINUTE: int = env.int("TOKENS_PER_MINUTE", default=300)
WRONG_SECRETS: int = env.int("WRONG_SECRETS", default=20)
WRONG_SECRETS_OF_ADDRESS: int = env.int("WRONG_SECRETS_OF_ADDRESS", default=500)
# Where that is counted, over all processes; empty: in each.
LIMITS_REDIS_URL = ""

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["ops.service.access.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["ops.service.access.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["ops.service.access.client_limits.ClientLimit"],
    "NUM_PROXIES": 0,
    "DEFAULT_PARSER_CLASSES": ["ops.service.api.bodies.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["ops.service.api.bodies.FastJSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "ops.service.documentation.Schema",
    "EXCEPTION_HANDLER": "ops.service.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100  # of a form, and of a query
DATA_UPLOAD_MAX_NUMBER_FILES = 5  # none takes two; who sends two is told so
LARGER_BODIES: dict[str, int] = {}  # the paths that take larger ones, and how many bytes
# What is uploaded stays in memory: Django's other handler writes it to the disk, in clear.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE

# What /readyz asks: a name, and the function that raises where the dependency is away.
READINESS = {"postgresql": "ops.service.serving.health.postgresql"}

LOGGING = logging_config(env.str("LOG_LEVEL", default="INFO"))


DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "pt-br"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
# With finders nothing has to be collected; WhiteNoise warns where a STATIC_ROOT is missing.
STATIC_ROOT = path if (path := ROOT / "static-root").is_dir() else None
WHITENOISE_USE_FINDERS = True
