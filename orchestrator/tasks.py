"""Celery's tasks: each body is one call. Arguments are opaque ids, and nothing is returned.

A header task never fails its chord: what a source does wrong is recorded in its row, and a
defect of ours is logged (the log keeps an error's type and frames, never its message).
"""

import gc
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from math import ceil
from typing import Any, TypeVar
from uuid import UUID

import structlog
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import Task, shared_task
from celery.signals import (
    beat_init,
    task_failure,
    task_postrun,
    task_prerun,
    worker_before_create_process,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutdown,
)
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, close_old_connections, connection

from orchestrator import conf, dispatch
from orchestrator.batch.planning import planner
from orchestrator.batch.schedule import nightly, passes
from orchestrator.batch.work import fetching, saving
from orchestrator.clients.registry import by_name
from orchestrator.errors import UnknownKey
from orchestrator.requests import building, leases
from orchestrator.sealing import keys
from orchestrator.upkeep import liveness, retention

_EARLY_SECONDS = 0.02  # a countdown may fire this much before the row's own time has come

T = TypeVar("T")

log = structlog.get_logger(__name__)


@worker_init.connect
def _require_settings(**_: Any) -> None:
    _exit_unless(lambda: conf.require(by_name()))
    _exit_unless(keys.require_at_start)


@beat_init.connect
def _require_keys(**_: Any) -> None:
    _exit_unless(keys.require_at_start)


def _exit_unless(require: Callable[[], None]) -> None:
    try:
        require()
    except (ImproperlyConfigured, UnknownKey) as error:
        raise SystemExit(str(error)) from None  # Celery swallows what else a signal's receiver raises


@worker_before_create_process.connect
def _share_memory(**_: Any) -> None:
    """What the parent has loaded stays shared with its children: Python's collector would write into each
    object, and so give each child 35 MB of its own."""
    gc.freeze()


@worker_process_init.connect
def _rest_the_collector(**_: Any) -> None:
    """A bulk answer is hundreds of thousands of objects without a cycle, of which Python's collector
    would look at each again and again: a fifth of the time."""
    gc.set_threshold(100_000, 50, 100)


@worker_ready.connect
def _note_started(sender: Any, **_: Any) -> None:
    threading.Thread(target=_note_until_done, args=(sender.hostname,), daemon=True).start()


def _note_until_done(name: str) -> None:
    """PostgreSQL may be away just when a worker starts."""
    while True:
        try:
            liveness.note_started(name)
            return
        except Error:
            time.sleep(1)
        finally:
            connection.close()


@worker_shutdown.connect
def _note_stopped(sender: Any, **_: Any) -> None:
    _guarded(lambda: liveness.note_stopped(sender.hostname))


@task_prerun.connect
def _begin(
    task_id: str, task: "Task[..., None]", args: Sequence[Any], kwargs: Mapping[str, Any], **_: Any
) -> None:
    """Every line that is logged from here on tells the task, and which rows it is about (its ids)."""
    close_old_connections()
    given = signature(task.run).bind(*args, **kwargs).arguments
    rows = {name.removesuffix("_id"): value for name, value in given.items() if name.endswith("_id")}
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id, **rows)


@task_postrun.connect
def _end(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()
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
    wait = _guarded(lambda: building.fetch(fetch_id))
    if wait is None:
        return
    try:
        again = self.retry(countdown=wait + _EARLY_SECONDS, throw=False)
    except Exception as error:  # Redis is away: the row knows when it is due, and the sweeper reads it
        log.warning("task.not_sent_again", reason=type(error).__name__)
        return
    raise again


# Its message is not given back when its process dies: the parent tells the row at once instead, and
# the sweeper sends it again or, when it has killed often enough, ends it.
@shared_task(
    name=dispatch.FETCH_IN_QUARANTINE,
    bind=True,
    reject_on_worker_lost=False,
    time_limit=ceil(conf.LEASE_SECONDS),
)
def fetch_in_quarantine(self: "Task[..., None]", fetch_id: int) -> None:
    """Runs a fetch whose worker died; a wait for the next try is for the ordinary workers.

    What hangs instead of dying is killed when its lease ends. The task's id is the lease's token.
    """
    _guarded(lambda: building.fetch(fetch_id, quarantine=True, token=UUID(self.request.id)))


@task_failure.connect(sender=fetch_in_quarantine)
def _note_death(exception: BaseException, task_id: str, args: tuple[int, ...], **_: Any) -> None:
    """Runs in the parent, which runs no tasks: it keeps no connection that might be stale next time."""
    if isinstance(exception, WorkerLostError):
        _guarded(lambda: leases.drop(args[0], UUID(task_id)))
        connection.close()


@shared_task(name=dispatch.PROVE, send_events=False)  # Flower shows work, and this is none
def prove_consuming(worker_id: int) -> None:
    """Proves that this worker consumes: what asks for it comes over the worker's own queue."""
    _guarded(lambda: liveness.note_proof(worker_id))


@shared_task(name=dispatch.FINISH)
def finish_build(build_id: int) -> None:
    """Ends a build whose fetches have all ended."""
    _guarded(lambda: building.finish(build_id))


@shared_task(name=dispatch.PLAN_RUN)
def plan_run(run_id: int) -> None:
    """Plans a run as far as can be planned now."""
    _guarded(lambda: planner.plan(run_id))


# Like a fetch in quarantine, what these kill is noted by the parent and not given back by Redis; what
# hangs is killed when the chunk's lease ends, which begins with each of them.
_OF_A_CHUNK: dict[str, Any] = {"reject_on_worker_lost": False, "time_limit": ceil(conf.RUN_LEASE_SECONDS)}


@shared_task(name=dispatch.FETCH_CHUNK, **_OF_A_CHUNK)
def fetch_chunk(chunk_id: int, number: int, source: str) -> None:
    """Fetches one source's part of a chunk's pass."""
    _guarded(lambda: fetching.fetch(chunk_id, number, source))


@shared_task(name=dispatch.SAVE_CHUNK, **_OF_A_CHUNK)
def save_chunk(chunk_id: int, number: int, claim: int | None = None) -> None:
    """Saves what was fetched for a chunk's pass; messages of before have no `claim`."""
    _guarded(lambda: saving.save(chunk_id, number, claim))


@task_failure.connect(sender=fetch_chunk)
@task_failure.connect(sender=save_chunk)
def _note_death_over_chunk(exception: BaseException, args: tuple[int, ...], **_: Any) -> None:
    if isinstance(exception, WorkerLostError | TimeLimitExceeded):
        _guarded(lambda: passes.note_death(args[0], args[1]))
        connection.close()


@shared_task(name="orchestrator.start_nightly_run")
def start_nightly_run() -> None:
    """Starts the nightly run if it is owed; the sweeper does so too."""
    _guarded(nightly.start_if_owed)


@shared_task(name="orchestrator.forget_what_is_old")
def forget_what_is_old() -> None:
    """Deletes what is no longer kept."""
    _guarded(retention.forget)
