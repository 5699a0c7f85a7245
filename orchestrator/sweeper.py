"""What the queue lost: sends again, finishes what lacks only its end, ends what is overdue.

One sweeper works at a time (an advisory lock); a second one waits its turn, and every step is
safe to run twice all the same. The sweeper needs PostgreSQL alone: with Redis gone it still ends
what is overdue.
"""

from datetime import timedelta

import structlog
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from orchestrator import build, conf, dispatch, leases
from orchestrator.models import Build, Fetch

_LOCK = 0x5EE9  # the advisory lock's number, of no other meaning
_MOST_AT_ONCE = 500

log = structlog.get_logger(__name__)


def sweep() -> bool:
    """Does one round; False where another sweeper holds the lock."""
    if not _lead():
        return False
    ended, sent = _end_overdue() + _finish_ended(), _send_again()
    if ended or sent:
        log.info("sweeper.swept", ended=ended, sent=sent)
    return True


def _lead() -> bool:
    """Takes, or already holds, the lock of this database session."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists(select from pg_locks where locktype = 'advisory' and objid = %s and granted"
            " and pid = pg_backend_pid()) or pg_try_advisory_lock(%s)",
            [_LOCK, _LOCK],
        )
        return bool(cursor.fetchone()[0])


def _end_overdue() -> int:
    overdue = _ids(Build.objects.filter(finished_at=None, deadline_at__lt=Now()))
    for build_id in overdue:
        build.give_up(build_id)
        build.finish(build_id)
    return len(overdue)


def _finish_ended() -> int:
    open_fetches = Fetch.objects.filter(build=OuterRef("pk"), state__in=Fetch.OPEN)
    ended = _ids(Build.objects.filter(~Exists(open_fetches), finished_at=None))
    for build_id in ended:
        build.finish(build_id)
    return len(ended)


def _send_again() -> int:
    """Sends the claimable fetches of builds that were not sent, or not lately."""
    waiting = leases.claimable().filter(build=OuterRef("pk"))
    lately = Now() - timedelta(seconds=conf.RESEND_SECONDS)
    unsent = Q(sent_at=None) | Q(sent_at__lt=lately)
    build_ids = _ids(Build.objects.filter(unsent, Exists(waiting), finished_at=None))
    for done, build_id in enumerate(build_ids):
        fetch_ids = leases.claimable().filter(build=build_id).values_list("pk", flat=True)
        if not dispatch.send_build(build_id, list(fetch_ids)):
            return done  # the broker is away: the next round tries again
        Build.objects.filter(pk=build_id).update(sent_at=Now())
    return len(build_ids)


def _ids(builds: QuerySet[Build]) -> list[int]:
    return list(builds.order_by("created_at").values_list("pk", flat=True)[:_MOST_AT_ONCE])
