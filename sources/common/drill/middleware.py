"""Stands before the routes that the orchestrator relies on, and before no other; never in production,
where others than this machine could meet a drill."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from sources.common.drill.aside import Answer
from sources.common.drill.faults import BATCH, CPFS, TOKEN, FaultyCall, misbehave
from sources.common.drill.state import SWITCH, Fault

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
REFUSAL = "FAULT_DRILL is on in production: ALLOWED_HOSTS names more than this machine."
HINT = (
    "Take FAULT_DRILL out of the environment and of .env. Drills are for a system whose ALLOWED_HOSTS "
    "are loopback names only (127.0.0.1, localhost, ::1)."
)

View = Callable[..., HttpResponse]


class Misbehaviour:
    """Answers calls as the present drill says. gunicorn runs no system checks, so that this refuses
    production by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if is_refused():
            raise ImproperlyConfigured(f"{REFUSAL} {HINT}")
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing is done before the route is known; see `process_view`."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> Answer | None:
        """An answer in the view's place, or None where all is well."""
        route = request.resolver_match.url_name if request.resolver_match else None
        if route not in (BATCH, CPFS, TOKEN):
            return None
        drill = SWITCH.draw()
        if drill.fault is Fault.NONE or (route == TOKEN and not drill.tokens):
            return None
        _ = request.body  # read now: the connection may be taken away

        def truth() -> HttpResponse:
            answer = view(request, *args, **kwargs)
            return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer

        return misbehave(FaultyCall(request=request, route=route, drill=drill, switch=SWITCH, truth=truth))


def is_refused() -> bool:
    """Whether FAULT_DRILL is on with production's settings."""
    return settings.FAULT_DRILL and not LOOPBACK.issuperset(settings.ALLOWED_HOSTS)


def check(app_configs: Any, **_more: Any) -> list[CheckMessage]:
    """Django's system check `sources.E001`; `apps` registers it."""
    return [Error(REFUSAL, hint=HINT, id="sources.E001")] if is_refused() else []
