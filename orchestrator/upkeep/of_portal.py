"""What the portal's own tables, and those of sessions, are rid of: statements for `retention`, each for one
step."""

from datetime import timedelta

SESSIONS = """
delete from django_session
 where session_key = any(array(
        select session_key from django_session where expire_date < statement_timestamp() limit %(step)s))
"""

# What clients were answered under their keys (portal.idempotency).
KEPT_ANSWERS = """
delete from idempotency_keptanswer
 where id = any(array(
        select id from idempotency_keptanswer
         where created_at < statement_timestamp() - %(age)s order by created_at limit %(step)s))
"""
KEPT_FOR = timedelta(hours=24)

# What their owners see of them (allauth's table): of sessions that are no more.
LISTED_SESSIONS = """
delete from usersessions_usersession
 where id = any(array(
        select id from usersessions_usersession as listed
         where not exists (select from django_session where session_key = listed.session_key) limit %(step)s))
"""

# What persons asked of us (portal.access), each with the contest that it led to: that one stays for as long
# as there is a version which it marks.
PERSON_REQUESTS = """
with closed as materialized (
    select id from access_personrequest as request
     where done_at < statement_timestamp() - %(age)s
       and not exists (select from access_contest as contest
                        where request_id = request.id
                          and (resolved_at is null
                               or exists (select from orchestrator_snapshot
                                           where dossier_id = contest.dossier_id
                                             and number between first_version and last_version)))
     order by done_at limit %(step)s
), contests as materialized (
    select id from access_contest where request_id in (select id from closed)
), untold as (
    delete from access_notice where contest_id in (select id from contests)
), uncontested as (
    delete from access_contest where id in (select id from contests)
)
delete from access_personrequest where id in (select id from closed)
"""

# A machine client is told in the dossier itself, and sees no notice.
NOTICES = """
delete from access_notice
 where id = any(array(
        select id from access_notice
         where coalesce(seen_at, case when owner like 'client:%%' then created_at end)
               < statement_timestamp() - %(age)s limit %(step)s))
"""
TOLD_FOR = timedelta(days=365)

# A dossier that was erased, also by a register's replay, or that began anew since, is followed by nobody.
FOLLOWINGS = """
delete from access_following
 where id = any(array(
        select id from access_following as following
         where not exists (select from orchestrator_dossier as dossier
                            where dossier.id = dossier_id and length(data_key) > 0
                              and created_at <= following.since) limit %(step)s))
"""

# A list is followed as long as its details are kept.
FOLLOWED_RUNS = """
delete from access_followedrun
 where id = any(array(
        select id from access_followedrun as followed
         where not exists (select from orchestrator_run as run
                            where run.id = run_id and forgotten_at is null) limit %(step)s))
"""
