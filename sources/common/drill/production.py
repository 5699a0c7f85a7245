"""A drill is refused where others than this machine could meet it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
REFUSAL = "FAULT_DRILL is on in production: ALLOWED_HOSTS names more than this machine."
HINT = (
    "Take FAULT_DRILL out of the environment and of .env. Drills are for a system whose ALLOWED_HOSTS "
    "are loopback names only (127.0.0.1, localhost, ::1)."
)


def is_refused() -> bool:
    """Whether FAULT_DRILL is on with production's settings."""
    return settings.FAULT_DRILL and not LOOPBACK.issuperset(settings.ALLOWED_HOSTS)


def check(app_configs: Any, **_more: Any) -> list[CheckMessage]:
    """Django's system check `sources.E001`; `apps` registers it."""
    return [Error(REFUSAL, hint=HINT, id="sources.E001")] if is_refused() else []
