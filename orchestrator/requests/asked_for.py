"""By whom a dossier was asked for lately, and from which version on: so much may its readers see."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from orchestrator.errors import NotFound
from orchestrator.records.dossiers import Asked, AskTold, Subject


def theirs(owner: str, team: str) -> Q:
    """What is a team's: all that was asked for it. What was asked for no team is its owner's alone."""
    own = Q(team="", owner=owner)
    return own | Q(team=team) if team else own


def by(dossier_id: int, *, owner: str, team: str, within: timedelta) -> Subject:
    """Whose dossier it is, and whether this owner or the team has asked for it within that time: one by
    one, or else in a list of theirs. A run over everybody opens nothing.

    Raises NotFound where there is no such dossier.
    """
    values: dict[str, Any] = {
        "dossier": dossier_id,
        "owner": owner,
        "team": team,
        "within": within,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASKS, values)
        row = cursor.fetchone()
        if row is None:
            raise NotFound("There is no such dossier.")
        lookup, latest, began, *found = row
        if found[0] is None:
            cursor.execute(_LISTS, values)
            found = list(cursor.fetchone() or found)
    return Subject(
        dossier_id=dossier_id,
        keyed_hash=bytes(lookup),
        latest_version=latest or None,
        began=began,
        asked=_asked(*found),
    )


def asks(dossier_id: int) -> list[AskTold]:
    """Who asked for a dossier, alone or in a list, and what for, as far as it is kept; the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, {"dossier": dossier_id})
        return [AskTold(at=at, purpose=why, owner=who, run_id=run) for at, why, who, run in cursor.fetchall()]


def _asked(from_version: int | None, purpose: str, own: bool) -> Asked | None:
    return None if from_version is None else Asked(from_version=from_version, purpose=purpose, own=own)


_THEIRS = "((team <> '' and team = %(team)s) or (team = '' and owner = %(owner)s))"
# What was asked for before somebody was erased opens nothing of the dossier that began anew.
_ASKS = f"""
select dossier.cpf_lookup,
       case when dossier.latest_version > dossier.erased_version then dossier.latest_version end,
       dossier.created_at, ask.*
  from orchestrator_dossier as dossier
  cross join lateral (
       select min(standing_version), (array_agg(purpose order by asked.created_at desc))[1],
              bool_or(asked.owner = %(owner)s)
         from orchestrator_dossierrequest as asked
         join orchestrator_build as build on build.id = asked.build_id
        where build.dossier_id = dossier.id and standing_version is not null
          and (dossier.erased_version = 0 or asked.created_at >= dossier.created_at)
          and asked.created_at > now() - %(within)s and {_THEIRS.replace("owner =", "asked.owner =")}
       ) as ask
 where dossier.id = %(dossier)s
"""  # noqa: S608  # nosec B608  # of constants
# A list opens the version that it left, from when it had; the dossier is looked for in its chunks, of which
# a team has some hundreds in such a time.
_LISTS = f"""
select coalesce(chunk.versions[array_position(chunk.dossier_ids, dossier.id)], dossier.latest_version),
       run.purpose, run.owner = %(owner)s
  from orchestrator_dossier as dossier
  join orchestrator_run as run
    on not run.over_everybody and {_THEIRS}
   and run.created_at > now() - %(within)s
   and (dossier.erased_version = 0 or run.created_at >= dossier.created_at)
  join orchestrator_chunk as chunk on chunk.run_id = run.id and chunk.dossier_ids @> array[dossier.id]
 where dossier.id = %(dossier)s
 order by 1
 limit 1
"""  # noqa: S608  # nosec B608  # of constants
_ALL = """
select asked.created_at, asked.purpose, asked.owner, null::bigint
  from orchestrator_dossierrequest as asked
  join orchestrator_build as build on build.id = asked.build_id
 where build.dossier_id = %(dossier)s
union all
select run.created_at, run.purpose, run.owner, run.id
  from orchestrator_chunk as chunk
  join orchestrator_run as run on run.id = chunk.run_id
 where chunk.dossier_ids @> array[%(dossier)s::bigint] and run.kind = 'list'
 order by 1 desc
"""
