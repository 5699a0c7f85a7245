"""Who works on a chunk's pass. A pass is named by the chunk and how many have ended before.

Whoever is sent it does the same work, so that whoever comes first does it: a message that comes twice
or late does no harm. The chunk's lease begins with a task, which is killed when it ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import Error, InterfaceError, OperationalError, connection
from django.db.models import F, QuerySet
from django.db.models.functions import Least, Now, Power

from orchestrator import conf
from orchestrator.models import Chunk

LONGEST_WAIT_SECONDS = 60.0
_AWAY_SECONDS = 2.0  # until a pass is sent again whose database was away

log = structlog.get_logger(__name__)


@contextmanager
def step(chunk_id: int, number: int, name: str) -> Iterator[datetime | None]:
    """Does a step of a pass alone: its source's name, or `save`. Gives PostgreSQL's time; None where the
    pass is over or taken back, or somebody else does the step.

    The chunk's lease begins anew with the step, and with its end. PostgreSQL forgets who does it with the
    connection of who died.
    """
    values: dict[str, Any] = {
        "pk": chunk_id,
        "passes": number,
        "seconds": conf.RUN_LEASE_SECONDS,
        "step": _name(chunk_id, name),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP + _LOCK, values)
        now, is_alone = cursor.fetchone() or (None, False)
    try:
        yield now if is_alone else None
    finally:
        if is_alone:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute(_KEEP + _UNLOCK, values)


# Nobody waits for the disk: a lease that is lost with PostgreSQL has not begun.
_KEEP = """
select set_config('synchronous_commit', 'off', true);
with kept as (
    update orchestrator_chunk
       set lease_until = statement_timestamp() + make_interval(secs => %(seconds)s),
           began_at = coalesce(began_at, statement_timestamp())
     where id = %(pk)s and passes = %(passes)s and state = 'running'
 returning id
)
"""
_LOCK = "select statement_timestamp(), pg_try_advisory_lock(hashtextextended(%(step)s, 0)) from kept"
_UNLOCK = "select pg_advisory_unlock(hashtextextended(%(step)s, 0)), (select count(*) from kept)"


def is_done_by_somebody(chunk_id: int, name: str) -> bool:
    """Whether somebody does this step of the chunk now."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_FREE, {"step": _name(chunk_id, name)})
        (is_free,) = cursor.fetchone()
    return not is_free


# A lock that is gone with the statement: only whether it was free is asked.
_IS_FREE = "select pg_try_advisory_xact_lock(hashtextextended(%(step)s, 0))"


def give_back(chunk_id: int, number: int, *, seconds: float) -> None:
    """The pass is to be sent again, so much later; nobody is to blame, and nothing was lost."""
    due_at = Now() + timedelta(seconds=seconds)
    _under_way(chunk_id, number).update(state=Chunk.State.WAITING, lease_until=None, due_at=due_at)


def lose(chunk_id: int, number: int) -> None:
    """The pass is to be sent again because Redis has lost an answer: later each time."""
    seconds = Least(Power(2.0, F("lost")), LONGEST_WAIT_SECONDS)
    _under_way(chunk_id, number).update(
        state=Chunk.State.WAITING,
        lease_until=None,
        lost=F("lost") + 1,
        due_at=Now() + seconds * timedelta(seconds=1),
    )


def note_death(chunk_id: int, number: int) -> None:
    """Who worked on the pass was seen to die: once for each time that it is sent."""
    log.warning("run.death", chunk=chunk_id)
    _under_way(chunk_id, number).update(
        state=Chunk.State.WAITING, lease_until=None, due_at=None, deaths=F("deaths") + 1
    )


@contextmanager
def blamed(chunk_id: int, number: int) -> Iterator[None]:
    """What is raised on a pass is a defect of ours on its people, as good as a death that was seen;
    but for a database that is away, or somebody's lock that was waited for too long."""
    try:
        yield
    except (OperationalError, InterfaceError):
        with suppress(Error):
            give_back(chunk_id, number, seconds=_AWAY_SECONDS)
        raise
    except Exception:
        with suppress(Error):
            note_death(chunk_id, number)
        raise


def _under_way(chunk_id: int, number: int) -> QuerySet[Chunk]:
    return Chunk.objects.filter(pk=chunk_id, passes=number, state=Chunk.State.RUNNING)


def _name(chunk_id: int, name: str) -> str:
    return f"chunk:{chunk_id}:{name}"
