"""What was asked for, as lists: a reader's asks or their team's, and what of it still needs somebody."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection

from orchestrator.records.requests import AskLine, Purpose, WantedAsks

NEEDS_DAYS = 7  # for which an ask that failed is told of by itself
_LATELY = 500  # asks among which those are looked for

# An ask whose team its owner has left since is not theirs any more.
_WHOSE = {
    False: "ask.owner = %(owner)s and (ask.team = '' or ask.team = %(team)s)",
    True: "ask.team = %(team)s and ask.team <> ''",
}
_STATES = {
    "active": "ask.cancelled_at is null and build.finished_at is null",
    "complete": "ask.cancelled_at is null and build.state = 'complete'",
    "partial": "ask.cancelled_at is null and build.state = 'partial'",
    "failed": "ask.cancelled_at is null and build.state = 'failed'",
    "cancelled": "(ask.cancelled_at is not null or build.state = 'cancelled')",
}


def asks(wanted: WantedAsks) -> list[AskLine]:
    """The asks that are wanted, the newest first. Where a state is wanted that there is not, none."""
    conditions = {
        _WHOSE[wanted.of_team]: True,
        _STATES.get(wanted.state, "false"): wanted.state,
        "ask.purpose = %(purpose)s": wanted.purpose,
        "ask.created_at >= %(since)s": wanted.since,
        "ask.created_at < %(until)s": wanted.until,
    }
    chosen = " and ".join(condition for condition, is_wanted in conditions.items() if is_wanted)
    values: dict[str, Any] = {
        "owner": wanted.owner,
        "team": wanted.team,
        "purpose": wanted.purpose,
        "since": wanted.since,
        "until": wanted.until,
        "skip": wanted.skip,
        "most": wanted.at_most,
    }
    page = f"{_ASKS} where {chosen} order by ask.created_at desc, ask.id offset %(skip)s limit %(most)s"
    return _lines(page, values)


def needing(*, owner: str, team: str, at_most: int) -> list[AskLine]:
    """An owner's own asks of the last days that ended without every source's answer, the newest of each
    dossier, unless the dossier has been completed since; the newest first."""
    days = timedelta(days=NEEDS_DAYS)
    values = {"owner": owner, "team": team, "days": days, "lately": _LATELY, "most": at_most}
    return _lines(_NEEDING, values)


def _lines(page: str, values: Mapping[str, Any]) -> list[AskLine]:
    with connection.cursor() as cursor:
        cursor.execute(_TOLD.format(page=page), values)
        return [
            AskLine(
                request_id=request_id,
                dossier_id=dossier_id,
                owner=owner,
                purpose=Purpose(purpose),
                state=state,
                requested_at=requested_at,
                finished_at=finished_at,
                failures=failures or {},
            )
            for request_id, dossier_id, owner, purpose, state, requested_at, finished_at, failures in (
                cursor.fetchall()
            )
        ]


# States as `status` tells them.
_ASKS = """
select ask.id, build.dossier_id, ask.owner, ask.purpose,
       case when ask.cancelled_at is null then build.state else 'cancelled' end as state,
       ask.created_at, coalesce(ask.cancelled_at, build.finished_at) as finished_at, build.id as build_id
  from orchestrator_dossierrequest as ask
  join orchestrator_build as build on build.id = ask.build_id
"""
_TOLD = """
with page as ({page})
select id, dossier_id, owner, purpose,
       case when finished_at is not null then state
            when exists (select from orchestrator_fetch
                          where build_id = page.build_id and state <> 'pending') then 'running'
            else 'queued' end,
       created_at, finished_at,
       (select json_object_agg(source, error_code) from orchestrator_fetch
         where build_id = page.build_id and state in ('stale', 'failed') and error_code <> ''
           and finished_at is not null)
  from page order by created_at desc, id
"""
_NEEDING = f"""
select newest.*
  from (select distinct on (lately.dossier_id) lately.*
          from ({_ASKS} where {_WHOSE[False]} and ask.created_at > now() - %(days)s
                 order by ask.created_at desc limit %(lately)s) as lately
         order by lately.dossier_id, lately.created_at desc) as newest
  join orchestrator_dossier as dossier on dossier.id = newest.dossier_id
 where newest.state in ('partial', 'failed') and length(dossier.data_key) > 0
   and not (dossier.completeness = 'complete' and dossier.checked_at > newest.finished_at)
 order by newest.created_at desc, newest.id limit %(most)s
"""  # noqa: S608  # nosec B608  # of constants
