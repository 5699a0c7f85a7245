"""Sends tasks, by name and with opaque ids only.

A message is a hint: PostgreSQL holds the work, and the sweeper sends again what was lost. So
sending is best effort, within the short timeouts of `celeryconfig`. Without Redis, Celery raises
errors of several libraries, a bare RuntimeError among them; none may reach who asks.
"""

from collections.abc import Callable, Sequence

import structlog
from celery import Celery, Signature, chord
from celery.utils.nodenames import worker_direct

FETCH = "orchestrator.fetch_source"
FETCH_IN_QUARANTINE = "orchestrator.fetch_in_quarantine"
FINISH = "orchestrator.finish_build"
PROVE = "orchestrator.prove_consuming"
PLAN_RUN = "orchestrator.plan_run"
FETCH_CHUNK = "orchestrator.fetch_chunk"
SAVE_CHUNK = "orchestrator.save_chunk"
_BATCH = "batch"

app = Celery("dossier")
app.config_from_object("celeryconfig")  # read when the app is first used
app.autodiscover_tasks(["orchestrator"])

log = structlog.get_logger(__name__)


def send_build(build_id: int, fetch_ids: Sequence[int]) -> bool:
    """Sends the fetches of a build and, when all have run, its end. False where it was not sent."""
    header = [_signature(FETCH, fetch_id) for fetch_id in fetch_ids]
    return _sent(lambda: chord(header, app=app)(_signature(FINISH, build_id)))


def send_to_quarantine(fetch_id: int) -> bool:
    """Sends a fetch to the worker whose every task has a process of its own. False where it was not sent."""
    return _sent(lambda: _signature(FETCH_IN_QUARANTINE, fetch_id).apply_async(queue="quarantine"))


def send_plan(run_id: int) -> bool:
    """Sends the planning of a run. False where it was not sent."""
    return _sent(lambda: _signature(PLAN_RUN, run_id, queue=_BATCH).apply_async())


def send_chunk(chunk_id: int, number: int, claim: int, sources: Sequence[str]) -> bool:
    """Sends a chunk's pass, for the time of that number: each source's part and, when all have run, its end.
    False where not sent."""
    header = [_signature(FETCH_CHUNK, chunk_id, number, source, queue=_BATCH) for source in sources]
    body = _signature(SAVE_CHUNK, chunk_id, number, claim, queue=_BATCH)
    return _sent(lambda: chord(header, app=app)(body))


def ask_to_prove(worker_id: int, name: str) -> bool:
    """Asks a worker, over the queue that is its alone, to prove that it consumes."""
    return _sent(lambda: _signature(PROVE, worker_id).apply_async(queue=worker_direct(name)))


def _sent(send: Callable[[], object]) -> bool:
    try:
        send()
    except Exception as error:
        log.warning("dispatch.not_sent", reason=type(error).__name__)
        return False
    return True


def _signature(task: str, *args: int | str, **options: str) -> "Signature[None]":
    # Sent by name, a task does not bring its own ignore_result: said here, nothing is stored.
    return app.signature(task, args=args, immutable=True, options={"ignore_result": True, **options})
