"""What has changed among dossiers that somebody follows: one by one, or all of a list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from orchestrator.records.dossiers import VersionStep
from orchestrator.requests.asked_for import SINCE_IT_BEGAN


def steps(
    dossier_ids: Sequence[int], run_ids: Sequence[int], *, since: datetime, at_most: int
) -> tuple[list[VersionStep], bool]:
    """The versions that were saved since then of these dossiers and of those of these runs, each with the one
    before it that is still kept, the newest first; and whether there are more than are told."""
    values = {"dossiers": list(dossier_ids), "runs": list(run_ids), "since": since, "most": at_most + 1}
    found = [
        VersionStep(dossier_id=pk, before=before, after=after, at=at)
        for pk, before, after, at in _rows(_STEPS, values)
    ]
    return found[:at_most], len(found) > at_most


def left_by(run_ids: Sequence[int], dossier_ids: Sequence[int]) -> dict[int, int]:
    """Of these dossiers those that are in these runs, with the version that the first of the runs left."""
    return dict(_rows(_LEFT, {"dossiers": list(dossier_ids), "runs": list(run_ids)}))


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_STEPS = """
with theirs as (
     select unnest(%(dossiers)s::bigint[]) as id
      union
     select unnest(dossier_ids) from orchestrator_chunk where run_id = any(%(runs)s::bigint[]))
select dossier.id, earlier.number, version.number, version.created_at
  from theirs
  join orchestrator_dossier as dossier on dossier.id = theirs.id
  join orchestrator_snapshot as version
    on version.dossier_id = dossier.id and version.number > dossier.erased_version
   and version.created_at > %(since)s
  join lateral (
       select number from orchestrator_snapshot as kept
        where kept.dossier_id = dossier.id and kept.number < version.number
          and kept.number > dossier.erased_version
        order by number desc limit 1) as earlier on true
 order by version.created_at desc, dossier.id
 limit %(most)s
"""
# A list from before somebody was erased has nothing to do with the dossier that began anew.
_LEFT = f"""
select dossier.id,
       min(coalesce(chunk.versions[array_position(chunk.dossier_ids, dossier.id)], dossier.latest_version))
  from orchestrator_run as run
  join orchestrator_chunk as chunk on chunk.run_id = run.id and chunk.dossier_ids && %(dossiers)s::bigint[]
  join orchestrator_dossier as dossier
    on dossier.id = any(%(dossiers)s::bigint[]) and dossier.id = any(chunk.dossier_ids)
   and {SINCE_IT_BEGAN.format(at="run.created_at")}
 where run.id = any(%(runs)s::bigint[]) and not run.over_everybody
 group by dossier.id
"""  # noqa: S608  # nosec B608  # of constants
