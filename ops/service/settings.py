"""What every Django service shares; each service's settings start with `import *` from here."""

from typing import Any

from ops.service.env import ROOT, database_url, env, required, service

SERVICE = service()
SECRET_KEY = required("SECRET_KEY", "Give a long random string, the same for every process.")
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
    "ops.service",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]


def postgresql(name: str) -> dict[str, Any]:
    """Django's DATABASES for one of the four databases; connections outlive requests."""
    config: dict[str, Any] = env.db_url_config(database_url(name))
    return {"default": {**config, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}}


DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "pt-br"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "static-root"
WHITENOISE_USE_FINDERS = True
