"""The portal: pages for analysts and the API for other systems. Workers run with these too."""

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from ops.service.env import env
from ops.service.settings import *
from portal.signing.settings import *

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DATABASES = postgresql("delta")

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_htmx",
    "csp",
    "orchestrator",
    "portal",
    *SIGNING_APPS,
]

MIDDLEWARE = [
    *MIDDLEWARE,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.ChosenLanguageMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.signing.middleware.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.signing.middleware.SecondFactorFirst",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

API_PATHS = ("/api/", "/healthz", "/readyz")
LARGER_BODIES = {"/api/runs/lists/": 64 << 20}
PROBLEM_TYPES = "portal.problems.TYPES"

LANGUAGE_CODE = "pt-br"
LANGUAGES = [("pt-br", _("Português")), ("en", _("English"))]
TIME_ZONE = "America/Sao_Paulo"  # what pages show; inside, instants are aware UTC

# A cookie without Secure still works on http://127.0.0.1.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SERVED_BY_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SERVED_BY_HTTPS else 0
# Only behind the proxy that an https PUBLIC_URL implies may this header be believed.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SERVED_BY_HTTPS else None

POLLS_PER_SECOND: int = env.int("POLLS_PER_SECOND", default=300)  # of a client, and a process of the portal

OAUTH2_PROVIDER = oauth(
    {
        "dossier:read": "Read dossiers, their versions and how requests get on",
        "dossier:request": "Ask for a dossier",
        "batch:run": "Run lists of CPFs",
    }
)
SPECTACULAR_SETTINGS = {
    **openapi("Dossiers", "Ask for customer dossiers and read them, version by version."),
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.api.schema.without_unknown_inputs",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RunKindEnum": "portal.api.run_serializers.KINDS",
        "RunStateEnum": "portal.api.run_serializers.STATES",
    },
}

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
