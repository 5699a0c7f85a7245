"""Is this process alive, and can it reach what it needs. No token needed, nothing private said.

Each service lists its dependencies in READINESS: a name, and the dotted path of a function that
raises where the dependency is away.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache

from ops.service.api.errors import not_allowed

SAFE = ("GET", "HEAD")
TIMEOUT_S = 2.0
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="readiness")


def postgresql() -> None:
    """Raises where PostgreSQL does not answer. Uses a connection of its own and closes it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    if request.method not in SAFE:
        return not_allowed(request, ", ".join(SAFE))
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where every dependency answers within two seconds in all, else 503."""
    if request.method not in SAFE:
        return not_allowed(request, ", ".join(SAFE))
    checks: dict[str, Callable[[], None]] = {
        name: import_string(path) for name, path in settings.READINESS.items()
    }
    running = {name: _pool.submit(check) for name, check in checks.items()}
    wait(running.values(), timeout=TIMEOUT_S)
    dependencies = {}
    for name, future in running.items():
        if future.done():
            dependencies[name] = "unavailable" if future.exception() else "ok"
        else:
            future.cancel()
            dependencies[name] = "timeout"
    ready = all(state == "ok" for state in dependencies.values())
    body = {"status": "ok" if ready else "unavailable", "dependencies": dependencies}
    return JsonResponse(body, status=200 if ready else 503)
