"""Who works on a chunk's pass. A pass is named by the chunk and how many have ended before.

Whoever is sent it does the same work, so that whoever comes first does it: a message that comes twice
or late does no harm. The chunk's lease begins with a task, which is killed when it ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import structlog
from django.db import Error, InterfaceError, OperationalError, connection
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Coalesce, Now

from orchestrator import conf
from orchestrator.models import Chunk

_LONGEST_WAIT_SECONDS = 60.0

log = structlog.get_logger(__name__)


def begin(chunk_id: int, number: int) -> tuple[Chunk, datetime] | None:
    """The chunk, whose lease begins anew, and PostgreSQL's time; None where that pass is over or
    taken back."""
    if not keep(chunk_id, number):
        return None
    now = ExpressionWrapper(Now(), output_field=DateTimeField())
    chunk = Chunk.objects.select_related("run").annotate(now=now).filter(pk=chunk_id, passes=number).first()
    return (chunk, chunk.now) if chunk else None


def keep(chunk_id: int, number: int) -> bool:
    """The lease begins anew: somebody has begun a step of the pass, or ended one."""
    lease_until = Now() + timedelta(seconds=conf.RUN_LEASE_SECONDS)
    kept = _under_way(chunk_id, number).update(lease_until=lease_until, began_at=Coalesce("began_at", Now()))
    return bool(kept)


@contextmanager
def alone(chunk_id: int, step: str) -> Iterator[bool]:
    """Whether nobody else does this step of the chunk: its source's name, or `save`.

    PostgreSQL forgets it with the connection of who died.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [_name(chunk_id, step)])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [_name(chunk_id, step)])


def is_done_by_somebody(chunk_id: int, step: str) -> bool:
    """Whether somebody does this step of the chunk now."""
    with alone(chunk_id, step) as nobody:
        return not nobody


def give_back(chunk: Chunk, *, seconds: float = 0.0) -> None:
    """The pass is to be sent again, so much later; nobody is to blame, and nothing was lost."""
    due_at = Now() + timedelta(seconds=seconds)
    _under_way(chunk.pk, chunk.passes).update(state=Chunk.State.WAITING, lease_until=None, due_at=due_at)


def lose(chunk: Chunk) -> None:
    """The pass is to be sent again because something was lost: later each time."""
    seconds = min(2.0**chunk.lost, _LONGEST_WAIT_SECONDS)
    _under_way(chunk.pk, chunk.passes).update(
        state=Chunk.State.WAITING,
        lease_until=None,
        lost=F("lost") + 1,
        due_at=Now() + timedelta(seconds=seconds),
    )


def note_death(chunk_id: int, number: int) -> None:
    """Who worked on the pass was seen to die: once for each time that it is sent."""
    log.warning("run.death", chunk=chunk_id)
    _under_way(chunk_id, number).update(
        state=Chunk.State.WAITING, lease_until=None, due_at=None, deaths=F("deaths") + 1
    )


@contextmanager
def blamed(chunk: Chunk) -> Iterator[None]:
    """What is raised on a chunk is a defect of ours on these people, as good as a death that was seen;
    but for a database that is away, or somebody's lock that was waited for too long."""
    try:
        yield
    except (OperationalError, InterfaceError):
        with suppress(Error):
            lose(chunk)
        raise
    except Exception:
        with suppress(Error):
            note_death(chunk.pk, chunk.passes)
        raise


def _under_way(chunk_id: int, number: int) -> QuerySet[Chunk]:
    return Chunk.objects.filter(pk=chunk_id, passes=number, state=Chunk.State.RUNNING)


def _name(chunk_id: int, step: str) -> str:
    return f"chunk:{chunk_id}:{step}"
