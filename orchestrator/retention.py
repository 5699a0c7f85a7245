"""What is kept for how long. Deleting goes in small steps, so that nobody waits for it.

Of every dossier the latest version always stays, and so does what somebody pinned.
"""

from datetime import timedelta
from typing import Any

import structlog
from django.db import connection

from orchestrator import conf

_STEP = 5000  # rows
_MOST_STEPS = 200  # of one round; the next round goes on

log = structlog.get_logger(__name__)

# The BRIN index on created_at tells which pages can hold anything old enough.
_VERSIONS = """
delete from orchestrator_snapshot as old
 where old.ctid = any(array(
        select version.ctid
          from orchestrator_snapshot as version
          join orchestrator_dossier as dossier on dossier.id = version.dossier_id
         where version.created_at < statement_timestamp() - %(age)s
           and not version.pinned
           and version.number < dossier.latest_version
         limit %(step)s))
"""

_ATTEMPTS = """
delete from orchestrator_attempt
 where id = any(array(
        select id from orchestrator_attempt
         where ended_at < statement_timestamp() - %(age)s limit %(step)s))
"""

# A run's own row stays, with its totals. It is marked first, so that nobody takes what is left of its
# details for all of them.
_RUNS = """
update orchestrator_run set forgotten_at = statement_timestamp()
 where id = any(array(
        select id from orchestrator_run
         where finished_at < statement_timestamp() - %(age)s and forgotten_at is null limit %(step)s))
"""

_CHUNKS = """
delete from orchestrator_chunk
 where id = any(array(
        select chunk.id from orchestrator_chunk as chunk join orchestrator_run as run on run.id = chunk.run_id
         where run.forgotten_at is not null limit %(step)s))
"""

_REJECTED_ROWS = """
delete from orchestrator_rejectedrow
 where id = any(array(
        select rejected.id
          from orchestrator_rejectedrow as rejected join orchestrator_run as run on run.id = rejected.run_id
         where run.forgotten_at is not null limit %(step)s))
"""


def forget() -> dict[str, int]:
    """Deletes what is older than RETENTION_DAYS (versions) and HISTORY_DAYS (attempts, runs' details).

    Gives how many rows of each were deleted, or marked. Safe to run at any time and by two at once.
    """
    history = timedelta(days=conf.HISTORY_DAYS)
    deleted = {
        "versions": _in_steps(_VERSIONS, timedelta(days=conf.RETENTION_DAYS)),
        "attempts": _in_steps(_ATTEMPTS, history),
        "runs": _in_steps(_RUNS, history),
        "chunks": _in_steps(_CHUNKS, history),
        "rejected_rows": _in_steps(_REJECTED_ROWS, history),
    }
    if any(deleted.values()):
        log.info("retention.forgot", **deleted)
    return deleted


def _in_steps(statement: str, age: timedelta) -> int:
    deleted = 0
    for _ in range(_MOST_STEPS):
        rows = _execute(statement, {"age": age, "step": _STEP})
        deleted += rows
        if rows < _STEP:
            break
    return deleted


def _execute(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
