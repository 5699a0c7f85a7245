"""Celery's tasks: each body is one call. Arguments are opaque ids, and nothing is returned.

A header task never fails its chord: what a source does wrong is recorded in its row, and a
defect of ours is logged (the log keeps an error's type and frames, never its message).
"""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from celery import Task, shared_task
from celery.signals import task_postrun, task_prerun, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections
from oauth2_provider.models import clear_expired

from orchestrator import build, conf, dispatch
from orchestrator.clients.registry import by_name

_EARLY_SECONDS = 0.02  # a countdown may fire this much before the row's own time has come

T = TypeVar("T")

log = structlog.get_logger(__name__)


@worker_init.connect
def _require_settings(**_: Any) -> None:
    try:
        conf.require(by_name())
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None  # Celery swallows what else a signal's receiver raises


@task_prerun.connect
@task_postrun.connect
def _drop_unusable_connections(**_: Any) -> None:
    close_old_connections()


def _guarded(work: Callable[[], T]) -> T | None:
    """Runs the work; an unforeseen error is logged and left to the sweeper."""
    try:
        return work()
    except Exception:
        log.exception("task.defect")
        return None


@shared_task(name=dispatch.FETCH, bind=True, max_retries=None)
def fetch_source(self: "Task[..., None]", fetch_id: int) -> None:
    """Runs one fetch, and again after a wait where its source may do better then."""
    wait = _guarded(lambda: build.fetch(fetch_id))
    if wait is not None:
        raise self.retry(countdown=wait + _EARLY_SECONDS)


@shared_task(name=dispatch.FINISH)
def finish_build(build_id: int) -> None:
    """Ends a build whose fetches have all ended."""
    _guarded(lambda: build.finish(build_id))


@shared_task(name="orchestrator.forget_expired_tokens")
def forget_expired_tokens() -> None:
    """Deletes the portal's expired OAuth tokens."""
    _guarded(clear_expired)
