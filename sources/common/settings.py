"""What the three sources share on top of every service's settings."""

from ops.service.env import env, required
from ops.service.settings import *

INSTALLED_APPS += ["sources.common", f"sources.{SERVICE}"]
ROOT_URLCONF = f"sources.{SERVICE}.urls"
WSGI_APPLICATION = f"sources.{SERVICE}.wsgi.application"
DATABASES = postgresql(SERVICE)
OAUTH2_PROVIDER = oauth({"read": "Read customers", "write": "Add, change and delete customers"})
REST_FRAMEWORK = {**REST_FRAMEWORK, "EXCEPTION_HANDLER": "sources.common.routes.exception_handler"}
# Of a client: the orchestrator alone makes all the calls that it may (SOURCE_ALPHA_PER_SECOND).
API_PER_MINUTE = env.int("SOURCE_API_PER_MINUTE", default=60_000)
SILENCED_SYSTEM_CHECKS += ["security.W003"]  # no cookie is taken here, so that no form can be forged
# Lets `POST /drill/` have this source misbehave (sources.common.drill); refused in production.
FAULT_DRILL: bool = env.bool("FAULT_DRILL", default=False)
if FAULT_DRILL:
    MIDDLEWARE += ["sources.common.drill.middleware.Misbehaviour"]


def mongodb_url() -> str:
    """The URL of the MongoDB server, for the sources that keep their records there."""
    return required("MONGO_URL", "Give the MongoDB server: mongodb://user:password@host:27017/.")


def mongodb_database() -> str:
    """The database of this source: `beta_db` or `capa_db`."""
    return str(env.str(f"{SERVICE.upper()}_MONGO_DATABASE", default=f"{SERVICE}_db"))
