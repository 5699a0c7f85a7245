"""What is kept for how long (ops/docs/retention.md). Deleting goes in small steps, so that nobody waits.

Of every dossier the latest version always stays, and so does what somebody pinned. A version that tells of
debts is kept for five years, one that tells of none for fifteen, and one that somebody decided by for five
years from then at the least: its decisions go with it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.timezone import localdate

from orchestrator import clock, conf
from orchestrator.content import SAO_PAULO
from orchestrator.models import RetentionReport, Run, Walk
from orchestrator.upkeep import of_portal

STEP = 5000  # rows that are looked at
BUILDS = 1000  # each with its asks, fetches and attempts
MOST_STEPS = 200  # of one round; the next round goes on
BEGINNING = ["-infinity", 0, 0]  # of the walk over the versions

log = structlog.get_logger(__name__)

# A step looks at so many old versions, in the order of their age, and deletes those past their period that
# another one has replaced, or of which only the hash is left. What stays is passed once a walk, not once a
# step: it may be nearly all that is old. Nothing is joined, so that the plan is the same at any size.
OLD_VERSIONS = """
with looked_at as (
    select created_at, dossier_id, number, ctid as place,
           created_at < statement_timestamp()
                        - case when negative is false then %(positive)s else %(negative)s end
           and (decided_at is null or decided_at < statement_timestamp() - %(decided)s) as is_old
      from orchestrator_snapshot
     where not pinned and created_at < statement_timestamp() - least(%(positive)s, %(negative)s)
       and (created_at, dossier_id, number) > (%(at)s::timestamptz, %(dossier)s, %(number)s)
     order by created_at, dossier_id, number
     limit %(step)s
), deleted as (
    delete from orchestrator_snapshot as old
     where ctid = any(array(
            select place from looked_at
             where is_old and number < (select greatest(latest_version, erased_version + 1)
                                          from orchestrator_dossier where id = dossier_id)))
       and not pinned and (decided_at is null or decided_at < statement_timestamp() - %(decided)s)
    returning 1
)
select (select count(*) from deleted), created_at::text, dossier_id, number
  from looked_at order by created_at desc, dossier_id desc, number desc limit 1
"""

# What was decided by a version that is no more: so long ago that it keeps none.
_DECISIONS = """
delete from orchestrator_decision
 where id = any(array(
        select id from orchestrator_decision as decision
         where not exists (select from orchestrator_snapshot
                            where dossier_id = decision.dossier_id and number = decision.number)
           and created_at < statement_timestamp() - %(age)s
         order by created_at limit %(step)s))
"""

# The oldest builds, with all that tells how they went. Versions outlive them.
_BUILDS_AND_ASKS = """
with oldest as (
    select id, finished_at from orchestrator_build order by id limit %(step)s
), ended as materialized (
    select id from oldest where finished_at < statement_timestamp() - %(age)s
), fetched as materialized (
    select id from orchestrator_fetch where build_id = any(array(select id from ended))
), attempts as (
    delete from orchestrator_attempt where fetch_id = any(array(select id from fetched)) returning 1
), fetches as (
    delete from orchestrator_fetch where id = any(array(select id from fetched)) returning 1
), requests as (
    delete from orchestrator_dossierrequest where build_id = any(array(select id from ended)) returning 1
), builds as (
    delete from orchestrator_build where id = any(array(select id from ended)) returning 1
)
select (select count(*) from builds), (select count(*) from requests),
       (select count(*) from fetches), (select count(*) from attempts)
"""

# Of each old run only whether it has details is looked up, once these are gone.
_DETAILS = """
delete from orchestrator_{table}
 where ctid = any(array(
        select detail.place
          from orchestrator_run as run,
               lateral (select ctid as place from orchestrator_{table}
                         where run_id = run.id limit %(step)s) as detail
         where run.forgotten_at is not null
         limit %(step)s))
"""

# Runs' calls are of no fetch.
_BULK_CALLS = """
delete from orchestrator_attempt
 where id = any(array(
        select id from orchestrator_attempt
         where fetch_id is null and ended_at < statement_timestamp() - %(age)s limit %(step)s))
"""

# A run whose retry goes on is needed by that. It is marked first, so that nobody takes what is left of
# its details for all of them.
_FORGOTTEN_RUNS = """
update orchestrator_run set forgotten_at = statement_timestamp(), list_digest = null, file_sealed = null
 where id = any(array(
        select id from orchestrator_run
         where finished_at < statement_timestamp() - %(age)s and forgotten_at is null
           and not exists (select from orchestrator_run as retry
                            where retry.parent_id = orchestrator_run.id and retry.finished_at is null)
         limit %(step)s))
"""


def forget() -> dict[str, int]:
    """Deletes what is older than RETENTION_DAYS (versions with debts, runs), RETENTION_POSITIVE_DAYS
    (versions without; both not before DECISION_DAYS from the last decision by them), HISTORY_DAYS (requests
    with all their work, details of runs) and PERSON_REQUEST_DAYS, sessions that are over, answers kept under
    clients' keys, and what was told or followed long ago.

    Gives how many rows of each were deleted (of `forgotten_runs`, marked), and adds them to the day's report.
    Safe to run at any time and by two at once; what a round leaves, the next one takes.
    """
    history = timedelta(days=conf.HISTORY_DAYS)
    deleted = {
        "versions": _forget_versions(),
        "decisions": _in_steps(_DECISIONS, timedelta(days=conf.DECISION_DAYS)),
        **_forget_builds(history),
        "bulk_calls": _in_steps(_BULK_CALLS, history),
        "forgotten_runs": _in_steps(_FORGOTTEN_RUNS, history),
        "chunks": _in_steps(_DETAILS.format(table="chunk"), history),
        "rejected_rows": _in_steps(_DETAILS.format(table="rejectedrow"), history),
        "runs": _forget_runs(),
        "sessions": _in_steps(of_portal.SESSIONS, timedelta()),
        "kept_answers": _in_steps(of_portal.KEPT_ANSWERS, of_portal.KEPT_FOR),
        "listed_sessions": _in_steps(of_portal.LISTED_SESSIONS, timedelta()),
        "person_requests": _in_steps(of_portal.PERSON_REQUESTS, timedelta(days=conf.PERSON_REQUEST_DAYS)),
        "notices": _in_steps(of_portal.NOTICES, of_portal.TOLD_FOR),
        "followings": _in_steps(of_portal.FOLLOWINGS, timedelta()),
        "followed_runs": _in_steps(of_portal.FOLLOWED_RUNS, timedelta()),
    }
    if any(deleted.values()):
        log.info("retention.forgot", **deleted)
    _report(deleted)
    return deleted


def reports(days: int) -> list[RetentionReport]:
    """What was deleted on each of the last so many days on which a round was done, the newest first."""
    return list(RetentionReport.objects.order_by("-day")[:days])


@transaction.atomic
def _report(deleted: Mapping[str, int]) -> None:
    day = localdate(clock.now(), SAO_PAULO)
    RetentionReport.objects.bulk_create([RetentionReport(day=day)], ignore_conflicts=True)
    report = RetentionReport.objects.select_for_update(no_key=True).get(day=day)
    for kind, number in deleted.items():
        report.deleted[kind] = report.deleted.get(kind, 0) + number
    report.rounds += 1
    report.ended_at = clock.now()
    report.save()
    long_ago = day - timedelta(days=conf.ACCESS_RECORD_DAYS)
    RetentionReport.objects.filter(day__lt=long_ago).delete()


def _forget_versions() -> int:
    """Walks on where the last round ended, and from the beginning once it has come to the end."""
    walk, _ = Walk.objects.get_or_create(name="old versions", defaults={"position": BEGINNING})
    deleted = 0
    for _ in range(MOST_STEPS):
        rows = _all(OLD_VERSIONS, step_from(walk.position))
        if not rows:
            walk.position = BEGINNING
            break
        (number, *walk.position) = rows[0]
        deleted += number
    walk.save()
    return deleted


def step_from(position: Sequence[Any]) -> dict[str, Any]:
    """A step of the walk over the versions, from a position on, as OLD_VERSIONS wants it."""
    at, dossier, number = position
    return {
        "negative": timedelta(days=conf.RETENTION_DAYS),
        "positive": timedelta(days=conf.RETENTION_POSITIVE_DAYS),
        "decided": timedelta(days=conf.DECISION_DAYS),
        "step": STEP,
        "at": at,
        "dossier": dossier,
        "number": number,
    }


def _forget_builds(age: timedelta) -> dict[str, int]:
    totals = dict.fromkeys(("builds", "requests", "fetches", "attempts"), 0)
    for _ in range(MOST_STEPS):
        (counts,) = _all(_BUILDS_AND_ASKS, {"age": age, "step": BUILDS})
        totals = {name: total + more for (name, total), more in zip(totals.items(), counts, strict=True)}
        if counts[0] < BUILDS:
            break
    return totals


def _forget_runs() -> int:
    """Runs without a second one that asked again for what failed in them: that one goes first."""
    age = timedelta(days=conf.RETENTION_DAYS)
    old = Run.objects.filter(finished_at__lt=Now() - age, retries=None).order_by("pk")[:STEP]
    _, deleted = Run.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
    return deleted.get("orchestrator.Run", 0)


def _in_steps(statement: str, age: timedelta) -> int:
    values: dict[str, Any] = {"age": age, "step": STEP}
    deleted = 0
    for _ in range(MOST_STEPS):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            deleted += cursor.rowcount
            if cursor.rowcount < STEP:
                break
    return deleted


def _all(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
