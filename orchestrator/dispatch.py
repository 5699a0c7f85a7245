"""Sends tasks, by name and with opaque ids only.

A message is a hint: PostgreSQL holds the work, and the sweeper sends again what was lost. So
sending is best effort, within the short timeouts of `celeryconfig`. Without Redis, Celery raises
errors of several libraries, a bare RuntimeError among them; none may reach who asks.
"""

from collections.abc import Sequence

import structlog
from celery import Signature, chord

from orchestrator.celery import app

FETCH = "orchestrator.fetch_source"
FINISH = "orchestrator.finish_build"

log = structlog.get_logger(__name__)


def send_build(build_id: int, fetch_ids: Sequence[int]) -> bool:
    """Sends the fetches of a build and, when all have run, its end. False where it was not sent."""
    header = [_signature(FETCH, fetch_id) for fetch_id in fetch_ids]
    try:
        chord(header, app=app)(_signature(FINISH, build_id))
    except Exception as error:
        log.warning("dispatch.not_sent", build=build_id, reason=type(error).__name__)
        return False
    return True


def _signature(task: str, row_id: int) -> "Signature[None]":
    # Sent by name, a task does not bring its own ignore_result: said here, nothing is stored.
    return app.signature(task, args=(row_id,), immutable=True, options={"ignore_result": True})
