"""Sends tasks, by name and with opaque ids only.

A message is a hint: PostgreSQL holds the work, and the sweeper sends again what was lost. So
sending is best effort, within the short timeouts of `celeryconfig`.
"""

from collections.abc import Sequence

import structlog
from celery import chord
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from orchestrator.celery import app

FETCH = "orchestrator.fetch_source"
FINISH = "orchestrator.finish_build"

log = structlog.get_logger(__name__)


def send_build(build_id: int, fetch_ids: Sequence[int]) -> bool:
    """Sends the fetches of a build and, when all have run, its end. False where it was not sent."""
    header = [app.signature(FETCH, args=(fetch_id,), immutable=True) for fetch_id in fetch_ids]
    body = app.signature(FINISH, args=(build_id,), immutable=True)
    try:
        chord(header, app=app)(body)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("dispatch.not_sent", build=build_id, reason=type(error).__name__)
        return False
    return True
