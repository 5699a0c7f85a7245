"""Celery's tasks: each body is one call. Arguments are opaque ids, and nothing is returned.

A header task never fails its chord: what a source does wrong is recorded in its row, and a
defect of ours is logged without its message, which might hold a person's data.
"""

import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from celery import Task, shared_task
from celery.signals import task_postrun, task_prerun
from django.db import close_old_connections
from oauth2_provider.models import clear_expired

from orchestrator import build, dispatch

_EARLY_SECONDS = 0.02  # a countdown may fire this much before the row's own time has come

T = TypeVar("T")

log = structlog.get_logger(__name__)


@task_prerun.connect
@task_postrun.connect
def _drop_unusable_connections(**_: Any) -> None:
    close_old_connections()


def _guarded(work: Callable[[], T]) -> T | None:
    """Runs the work; of an unforeseen error only its type and the lines it passed are logged."""
    try:
        return work()
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.name}:{frame.lineno}" for frame in frames]
        log.error("task.defect", error=type(error).__name__, where=where)
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
