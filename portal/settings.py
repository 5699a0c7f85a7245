"""The portal: pages for analysts and the API for other systems. Workers run with these too."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ops.service.env import env
from ops.service.settings import *
from portal.signing.settings import *

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DATABASES = postgresql("delta")

INSTALLED_APPS = [
    *INSTALLED_APPS,
    "django.contrib.admin.apps.SimpleAdminConfig",  # no other app's models register there
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_htmx",
    "orchestrator",
    "portal.access",
    "portal",
    "portal.idempotency",
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
    "django_htmx.middleware.HtmxMiddleware",
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
                "portal.access.accounts.context.reader",
            ],
        },
    }
]

API_PATHS = ("/api/", "/healthz", "/readyz")
# A list has 20 MiB at most, which its reader tells of what is a little longer.
LARGER_BODIES = dict.fromkeys(("/api/runs/lists/", "/runs/"), 24 << 20)
FILE_UPLOAD_MAX_MEMORY_SIZE = 24 << 20
PROBLEM_TYPES = "portal.problems.TYPES"

LANGUAGE_CODE = "pt-br"
LANGUAGES = [("pt-br", _("Português")), ("en", _("English"))]
TIME_ZONE = "America/Sao_Paulo"  # what pages show; inside, instants are aware UTC

# A cookie without Secure still works on http://127.0.0.1.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SERVED_BY_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

ACCESS_DAYS: int = env.int("ACCESS_DAYS", default=90)  # for which an ask opens a dossier
ACCESS_RECORD_DAYS: int = env.int("ACCESS_RECORD_DAYS", default=16 * 366)
# What stands out in the record of access: people in an hour, looks at others' in an hour, hours of work.
ACCESS_MANY_PEOPLE: int = env.int("ACCESS_MANY_PEOPLE", default=60)
ACCESS_MANY_GUESSES: int = env.int("ACCESS_MANY_GUESSES", default=10)
ACCESS_HOURS: tuple[int, int] = (env.int("ACCESS_OPENS", default=7), env.int("ACCESS_CLOSES", default=20))

# What figures, flags and material changes are held against: amounts in BRL, shares in percent.
MINIMO_EXISTENCIAL: Decimal = env.amount("MINIMO_EXISTENCIAL", "600.00")
FLAG_INCOME_APART: Decimal = env.amount("FLAG_INCOME_APART", "30") / 100
FLAG_NEGATIVE_MONTHS: int = env.int("FLAG_NEGATIVE_MONTHS", default=2)
MATERIAL_NEW_DEBT: Decimal = env.amount("MATERIAL_NEW_DEBT", "500.00")
MATERIAL_INCOME_FALL: Decimal = env.amount("MATERIAL_INCOME_FALL", "20") / 100

# How many proxies are in front, each of which appends to X-Forwarded-For where a request comes from.
REST_FRAMEWORK = {**REST_FRAMEWORK, "NUM_PROXIES": env.int("PROXIES", default=int(SERVED_BY_HTTPS))}
# How often: of a user pages, in a quarter of an hour what is others', polls of a client in each process.
PAGES_PER_MINUTE: int = env.int("PAGES_PER_MINUTE", default=1200)
GUESSES: int = env.int("GUESSES", default=50)
LIMITS_REDIS_URL = env.str("REDIS_URL", default="")
POLLS_PER_SECOND: int = env.int("POLLS_PER_SECOND", default=300)  # of a client, and a process of the portal

OAUTH2_PROVIDER = oauth(
    {
        "dossier:request": "Ask for a dossier, and follow what was asked for",
        "dossier:read": "Read the dossiers that were asked for, and their versions",
        "dossier:all": "Read every dossier and every request, with dossier:read",
        "dossier:pin": "Keep a version whatever its age",
        "batch:run": "Run lists of CPFs and refreshes, and follow them",
        "runs:all": "Follow and steer every run, with batch:run",
    }
)
SPECTACULAR_SETTINGS = {
    **openapi("Dossiers", "Ask for customer dossiers and read them, version by version."),
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.api.schema.without_unknown_inputs",
    ],
    "ENUM_NAME_OVERRIDES": {
        "DecisionKindEnum": "portal.api.serializers.DECISIONS",
        "RunKindEnum": "portal.api.run_serializers.KINDS",
        "RunStateEnum": "portal.api.run_serializers.STATES",
    },
}
