"""Whose turn it is: builds wait in PostgreSQL, and as many are sent as workers can start soon.

A build waits until it is started; then its deadline begins, and its chord is sent. Turns go by owner:
people before machines, then one owner after the other, of each the oldest. Whoever ends a part of the work
starts what is next, and so does the sweeper; one is chosen at a time, whoever chooses (ops/decisions/0014).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import Error, connection
from django.db.models import F
from django.db.models.functions import Greatest

from orchestrator import conf, dispatch
from orchestrator.clients.registry import SOURCES
from orchestrator.errors import Busy
from orchestrator.models import Build, Fetch
from orchestrator.records.requests import Waiting

_LOCK = 0x7124  # the advisory lock's number, of no other meaning
_MOST_STARTED = 10  # builds a place: most of them wait for a source's next try, and need no place
_PEOPLE, _MACHINES = 0, 1
_NEWEST = 2**63 - 1  # the id of a build that is still to be made

log = structlog.get_logger(__name__)


def precedence(owner: str) -> int:
    """The class of an owner's turns; the lower one comes first."""
    return _PEOPLE if owner.startswith("user:") else _MACHINES


def send_next() -> int:
    """Starts and sends the builds that there is room for; gives how many. Best effort: whoever calls it
    next, the sweeper at the latest, does what could not be done."""
    sent = 0
    try:
        while (started := _start_next()) is not None:
            if not dispatch.send_build(*started):
                _take_back(started[0])
                break
            sent += 1
    except Error as error:
        log.warning("turns.not_sent", reason=type(error).__name__)
    return sent


def refusal(owner: str) -> Busy | None:
    """Why another build of this owner's is not accepted now; None where it is.

    A burst always is. Beyond it, what would come before must be worked off soon, by what ended lately.
    """
    standing = _standing(precedence(owner), owner)
    excess = standing.seconds - conf.WAITING_ACCEPTED_SECONDS
    if standing.own < conf.WAITING_BURST or excess <= 0:
        return None
    return Busy(retry_after=min(math.ceil(excess), math.ceil(conf.WAITING_ACCEPTED_SECONDS)))


def waiting(build_id: int, owner: str, precedence: int, deadline_at: datetime) -> Waiting:
    """What a build waits for that has not been started."""
    standing = _standing(precedence, owner, build_id)
    return Waiting(
        ahead=standing.ahead,
        expected_seconds=math.ceil(standing.seconds),
        until=deadline_at - timedelta(seconds=conf.DEADLINE_SECONDS),
    )


def join(build: Build, owner: str) -> None:
    """Gives a build that waits the turn of an owner who joins it, where that comes sooner.

    The caller holds the build's lock.
    """
    if build.started_at or owner == build.owner:
        return
    sooner = _standing(precedence(owner), owner, build.pk)
    if sooner.ahead < _standing(build.precedence, build.owner, build.pk).ahead:
        Build.objects.filter(pk=build.pk).update(precedence=precedence(owner), owner=owner)


# The lock is held by the server alone, within one message: no process can freeze while it holds it. The
# last statement sees what whoever held it before has started. Nobody waits for the disk meanwhile: a start
# that is lost is made again. Each part reads a few rows of an index in its order, whatever the planner
# thinks of how many there are. A fetch that our own limit keeps back takes the places of a build: or one
# owner's would be started by the dozen, and all be there for each call that the limit lets through.
_START_NEXT = """
select set_config('synchronous_commit', 'off', true);
select pg_advisory_xact_lock(%(lock)s);
with started as (
    select count(*) as builds, coalesce(sum(busy.fetches), 0) as places
      from (select id from orchestrator_build
             where finished_at is null and started_at is not null
             order by precedence, started_at limit %(builds)s) as b
     cross join lateral (
            select sum(case when f.state = 'pending' and f.next_attempt_at > statement_timestamp()
                            then %(sources)s else 1 end) as fetches from orchestrator_fetch as f
             where f.build_id = b.id
               and case f.state when 'fetching' then f.lease_until > statement_timestamp()
                                when 'pending' then true
                                else f.state = any(%(waiting)s)
                                 and coalesce(f.next_attempt_at <= statement_timestamp(), true) end) as busy
), class as (
    select min(precedence) as precedence
      from orchestrator_build
     where finished_at is null and started_at is null
), last as (
    select (select s.owner from (
                   (select b.owner, b.started_at from orchestrator_build as b
                     where b.finished_at is null and b.started_at is not null
                       and b.precedence = class.precedence
                     order by b.started_at desc limit 1)
                   union all
                   (select b.owner, b.started_at from orchestrator_build as b
                     where b.finished_at > statement_timestamp() - interval '10 seconds'
                       and b.started_at is not null and b.precedence = class.precedence
                     order by b.finished_at desc limit 20)) as s
             order by s.started_at desc limit 1) as owner
      from class
), turn as (
    select precedence,
           coalesce((select min(b.owner) from orchestrator_build as b
                      where b.finished_at is null and b.started_at is null
                        and b.precedence = class.precedence and b.owner > last.owner),
                    (select min(b.owner) from orchestrator_build as b
                      where b.finished_at is null and b.started_at is null
                        and b.precedence = class.precedence)) as owner
      from class, last
), next as (
    select b.id
      from orchestrator_build as b
      join turn using (precedence, owner)
     where b.finished_at is null and b.started_at is null
       and (select builds < %(builds)s and (places = 0 or places + %(sources)s <= %(places)s) from started)
     order by b.id limit 1
       for no key update of b skip locked
)
update orchestrator_build as b
   set started_at = clock_timestamp(),
       deadline_at = clock_timestamp() + make_interval(secs => %(seconds)s)
  from next
 where b.id = next.id
returning b.id, array(select f.id from orchestrator_fetch as f
                       where f.build_id = b.id and f.state = any(%(waiting)s) order by f.id)
"""


def _start_next() -> tuple[int, Sequence[int]] | None:
    """The build whose turn it is, now started, and its fetches; None without a build or a place for it."""
    values: dict[str, Any] = {
        "lock": _LOCK,
        "waiting": [state.value for state in Fetch.WAITING],
        "sources": len(SOURCES),
        "places": conf.FETCHES_AT_ONCE,
        "builds": conf.FETCHES_AT_ONCE * _MOST_STARTED,
        "seconds": conf.DEADLINE_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_START_NEXT, values)
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _take_back(build_id: int) -> None:
    """What could not be sent waits on: its deadline has not begun."""
    whole = timedelta(seconds=conf.WAITING_SECONDS + conf.DEADLINE_SECONDS)
    Build.objects.filter(pk=build_id, finished_at=None).update(
        started_at=None, deadline_at=Greatest(F("deadline_at"), F("created_at") + whole)
    )


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """How a build stands in the queue: its owner's that wait before it, all that come before it, and how
    long those take at the rate at which builds ended lately."""

    own: int
    ahead: int
    seconds: float


# Turns go round the owners of a class: before somebody's fifth come five of each other's at most.
_STANDING = """
with waiting as (
    select precedence, owner, count(*) as builds,
           count(*) filter (where id < %(build_id)s) as older
      from orchestrator_build
     where finished_at is null and started_at is null and precedence <= %(precedence)s
     group by precedence, owner
), own as (
    select coalesce(max(older), 0) as builds
      from waiting
     where precedence = %(precedence)s and owner = %(owner)s
), ended as (
    select count(*) / 10.0 as lately,
           count(*) filter (where finished_at > statement_timestamp() - interval '2 seconds') / 2.0 as now
      from (select finished_at, started_at, state from orchestrator_build
             where finished_at > statement_timestamp() - interval '10 seconds'
             order by finished_at desc limit 2000) as b
     where started_at is not null and state <> 'cancelled'
), ahead as (
    select coalesce(sum(case when w.precedence < %(precedence)s then w.builds
                             when w.owner = %(owner)s then own.builds
                             else least(w.builds, own.builds + 1) end), 0) as builds
      from own left join waiting as w on true
)
select own.builds, ahead.builds, ahead.builds / greatest(ended.lately, ended.now, %(slowest)s)
  from own, ahead, ended
"""


def _standing(precedence: int, owner: str, build_id: int = _NEWEST) -> _Standing:
    """Where a build stands that is the owner's, or would."""
    values: dict[str, Any] = {
        "precedence": precedence,
        "owner": owner,
        "build_id": build_id,
        "slowest": conf.WAITING_BURST / conf.WAITING_ACCEPTED_SECONDS,  # where nothing ended lately
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, values)
        own, ahead, seconds = cursor.fetchone()
    return _Standing(own=own, ahead=int(ahead), seconds=float(seconds))
