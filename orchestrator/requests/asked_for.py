"""By whom a dossier was asked for lately, and from which version on: so much may its readers see."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from orchestrator.errors import NotFound
from orchestrator.records.dossiers import Asked, AskTold, Subject

_MOST = 2**63  # an address may hold more than PostgreSQL's bigint


def theirs(owner: str, team: str) -> Q:
    """What is a team's: all that was asked for it. What was asked for no team is its owner's alone."""
    own = Q(team="", owner=owner)
    return own | Q(team=team) if team else own


def by(dossier_id: int, *, owner: str, team: str, within: timedelta) -> Subject:
    """Whose dossier it is, and whether this owner or the team has asked for it within that time: one by
    one, or else in a list of theirs. A run over everybody opens nothing.

    Raises NotFound where there is no such dossier.
    """
    found = many([dossier_id], owner=owner, team=team, within=within)
    if dossier_id not in found:
        raise NotFound("There is no such dossier.")
    return found[dossier_id]


def many(dossier_ids: Sequence[int], *, owner: str, team: str, within: timedelta) -> dict[int, Subject]:
    """The same of some dozens, by id; who does not exist is left out, also by a number that no row can
    have."""
    kept = [pk for pk in dossier_ids if pk < _MOST]
    values: dict[str, Any] = {"dossiers": kept, "owner": owner, "team": team, "within": within}
    rows = _rows(_ASKS, values)
    asked = {pk: _asked(*found) for pk, _, _, _, *found in rows if found[0] is not None}
    if unasked := [row[0] for row in rows if row[0] not in asked]:
        listed = _rows(_LISTS, {**values, "dossiers": unasked})
        asked |= {pk: _asked(*found) for pk, *found in listed}
    return {
        pk: Subject(
            dossier_id=pk,
            keyed_hash=bytes(lookup),
            latest_version=latest or None,
            began=began,
            asked=asked.get(pk),
        )
        for pk, lookup, latest, began, *_ in rows
    }


def asks(dossier_id: int) -> list[AskTold]:
    """Who asked for a dossier, alone or in a list, and what for, as far as it is kept; the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL, {"dossier": dossier_id})
        return [AskTold(at=at, purpose=why, owner=who, run_id=run) for at, why, who, run in cursor.fetchall()]


def _asked(from_version: int, purpose: str, own: bool, at: datetime) -> Asked:
    return Asked(from_version=from_version, purpose=purpose, own=own, at=at)


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


THEIRS = "((team <> '' and team = %(team)s) or (team = '' and {asked}owner = %(owner)s))"
# What was asked for before somebody was erased opens nothing of the dossier that began anew.
SINCE_IT_BEGAN = "(dossier.erased_version = 0 or {at} >= dossier.created_at)"
_ASKS = f"""
select dossier.id, dossier.cpf_lookup,
       case when dossier.latest_version > dossier.erased_version then dossier.latest_version end,
       dossier.created_at, ask.*
  from orchestrator_dossier as dossier
  cross join lateral (
       select min(standing_version), (array_agg(purpose order by asked.created_at desc))[1],
              bool_or(asked.owner = %(owner)s), max(asked.created_at)
         from orchestrator_dossierrequest as asked
         join orchestrator_build as build on build.id = asked.build_id
        where build.dossier_id = dossier.id and standing_version is not null
          and {SINCE_IT_BEGAN.format(at="asked.created_at")}
          and asked.created_at > now() - %(within)s and {THEIRS.format(asked="asked.")}
       ) as ask
 where dossier.id = any(%(dossiers)s::bigint[])
"""  # noqa: S608  # nosec B608  # of constants
# A list opens the version that it left, from when it had; the dossiers are looked for in its chunks, of which
# a team has some hundreds in such a time: once in each, for all of them.
_LISTS = f"""
with listed as materialized (
     select run.purpose, run.owner, run.created_at, chunk.dossier_ids, chunk.versions
       from orchestrator_run as run
       join orchestrator_chunk as chunk
         on chunk.run_id = run.id and chunk.dossier_ids && %(dossiers)s::bigint[]
      where not run.over_everybody and {THEIRS.format(asked="")} and run.created_at > now() - %(within)s)
select dossier.id,
       min(coalesce(listed.versions[array_position(listed.dossier_ids, dossier.id)], dossier.latest_version)),
       (array_agg(listed.purpose order by listed.created_at desc))[1],
       bool_or(listed.owner = %(owner)s), max(listed.created_at)
  from orchestrator_dossier as dossier
  join listed on dossier.id = any(listed.dossier_ids) and {SINCE_IT_BEGAN.format(at="listed.created_at")}
 where dossier.id = any(%(dossiers)s::bigint[])
 group by dossier.id
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
