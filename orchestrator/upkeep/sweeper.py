"""What the queue lost: ends what is overdue; sends again, and finishes what lacks only its end.

Two rounds, in loops of their own: no sending, and nobody's lock, holds up what is overdue. Of the second
kind one sweeper works at a time (an advisory lock, taken for each round), and another one waits its turn;
every step is safe to run twice all the same. What is overdue ends with Redis gone. One build that
cannot be handled does not stop the others.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, InterfaceError, OperationalError, connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from psycopg2.errors import LockNotAvailable

from orchestrator import conf, dispatch, persons
from orchestrator.batch.schedule import lifecycle, nightly, sending
from orchestrator.models import Build, Fetch, Run
from orchestrator.requests import building, endings, leases, turns
from orchestrator.upkeep import liveness, naming

_LOCK = 0x5EE9  # the advisory lock's number, of no other meaning
_MOST_AT_ONCE = 500
_PICKED_UP_SECONDS = 2.0  # what was accepted and sent is claimed by then, unless the queue is long
_MOST_ENDINGS = 3  # a build whose end kills the sweeper must not do so for ever

log = structlog.get_logger(__name__)


def end_overdue() -> int:
    """Ends what is past its deadline; gives how many builds. Raises only what a lost database does.

    What somebody has locked is left for the next round, which comes soon.
    """
    _limit_waits("100ms")
    ended = 0
    try:
        ended += endings.give_up()
    except (OperationalError, InterfaceError) as error:
        if not _is_locked(error):
            raise
    except Exception:
        log.exception("sweeper.defect")  # of one build among many: each is tried alone
    ended += _each(endings.overdue(), _end, otherwise=endings.fail)
    if ended:
        log.info("sweeper.ended", builds=ended)
    return ended


def sweep(kill: Callable[[str, int], None] | None = None) -> bool:
    """Does one round of the rest; False where another sweeper is at work. Raises only what a lost database
    does. `kill`, where it is given, ends a worker of this host, by its name and pid, that is silent."""
    _limit_waits("3s")
    if kill is not None:
        liveness.replace_silent(kill)
    with _alone() as leading:
        if not leading:
            return False
        poisoned = leases.lost().filter(build=OuterRef("pk"), quarantine_claims__gte=conf.QUARANTINE_CLAIMS)
        open_fetches = Fetch.objects.filter(build=OuterRef("pk"), state__in=Fetch.OPEN)
        going = Build.objects.filter(finished_at=None)
        ended = _each(going.filter(Exists(poisoned)), endings.poison)
        ended += _each(going.filter(~Exists(open_fetches)), building.finish, otherwise=endings.fail)
        sent = turns.send_next() + _send_again() + _quarantine_lost()
        sweep_runs()
        _replay_erasures()
        _note_names()
        liveness.ask_all()
    if ended or sent:
        log.info("sweeper.swept", ended=ended, sent=sent)
    return True


def sweep_runs() -> None:
    """One round over the runs: starts the night that is owed, sends what was lost, lets all of them go on.
    One that raises, or is locked, does not hold up the others."""
    with _unless_locked():
        sending.take_back()
    with _unless_locked():
        nightly.start_if_owed()
    with _unless_locked():  # those that paused by themselves for long enough
        rested = Run.objects.filter(state=Run.State.PAUSED, resume_at__lte=Now(), finished_at=None)
        rested.update(state=Run.State.RUNNING, resume_at=None, resumed_at=Now())
    for run_id in Run.objects.filter(finished_at=None).order_by("created_at").values_list("pk", flat=True):
        try:
            with _unless_locked(), structlog.contextvars.bound_contextvars(run=run_id):
                lifecycle.go_on(run_id)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("run.defect", run=run_id)
    with _unless_locked():
        sending.send_waiting()


def _replay_erasures() -> None:
    """Does what somebody died over, and what a database lacks that was restored under us."""
    try:
        persons.replay()
    except ImproperlyConfigured as error:  # the register: who starts next says so too
        log.error("erasures.not_replayed", reason=str(error))


def _note_names() -> None:
    """A name that is not noted is read by whoever searches: nothing else waits for it."""
    try:
        with _unless_locked():
            naming.note()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("names.defect")


def _limit_waits(lock_timeout: str) -> None:
    """A lock that a frozen process holds is not waited for, and if we freeze, another may lead."""
    with connection.cursor() as cursor:
        cursor.execute("set lock_timeout = %s; set idle_session_timeout = '60s'", [lock_timeout])


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        (leading,) = cursor.fetchone()
        try:
            yield leading
        finally:
            if leading:
                cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])


def _end(build_id: int) -> None:
    """At its deadline: what raises now is not waited for any longer."""
    try:
        endings.give_up(build_id)
        building.finish(build_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("sweeper.defect", build=build_id)
        endings.fail(build_id)


def _each(
    builds: QuerySet[Build], work: Callable[[int], None], otherwise: Callable[[int], None] | None = None
) -> int:
    """Works on each build; gives how many were done. One that raises is for the next round.

    What was begun too often and never ended, well or with an error, has killed this process each
    time: then `otherwise` is done, which reads no payload.
    """
    done = 0
    for build_id in _ids(builds):
        try:
            with structlog.contextvars.bound_contextvars(build=build_id):
                _chosen(build_id, work, otherwise)(build_id)
            done += 1
        except (OperationalError, InterfaceError) as error:
            with suppress(Error):
                _lived(build_id)
            if not _is_locked(error):
                raise
            log.warning("sweeper.locked", build=build_id)  # by who hangs: the others are not held up
            continue
        except Exception:
            log.exception("sweeper.defect", build=build_id)
        _lived(build_id)
    return done


def _is_locked(error: Error) -> bool:
    return isinstance(error.__cause__, LockNotAvailable)


@contextmanager
def _unless_locked() -> Iterator[None]:
    """A note that cannot be made because somebody hangs is made in a later round."""
    try:
        yield
    except OperationalError as error:
        if not _is_locked(error):
            raise


def _lived(build_id: int) -> None:
    """Whatever came of it, it has not killed us."""
    Build.objects.filter(pk=build_id, finished_at=None).update(endings=0)


def _chosen(
    build_id: int, work: Callable[[int], None], otherwise: Callable[[int], None] | None
) -> Callable[[int], None]:
    if otherwise is None:
        return work
    Build.objects.filter(pk=build_id).update(endings=F("endings") + 1)
    if Build.objects.values_list("endings", flat=True).get(pk=build_id) <= _MOST_ENDINGS:
        return work
    log.error("sweeper.failed_build", build=build_id)
    return otherwise


def _send_again() -> int:
    """Sends the claimable fetches of started builds that nobody picked up: soon once, and then now and then.

    Where the queue is long, some are sent twice, and the second finds nothing to claim.
    """
    waiting = leases.claimable().filter(build=OuterRef("pk"))
    unclaimed = Q(sent_at=None, started_at__lt=Now() - timedelta(seconds=_PICKED_UP_SECONDS))
    long_ago = Q(sent_at__lt=Now() - timedelta(seconds=conf.RESEND_SECONDS))
    started = Build.objects.filter(started_at__isnull=False, finished_at=None)
    build_ids = _ids(started.filter(unclaimed | long_ago, Exists(waiting)))
    for done, build_id in enumerate(build_ids):
        fetch_ids = leases.claimable().filter(build=build_id).values_list("pk", flat=True)
        if not dispatch.send_build(build_id, list(fetch_ids)):
            return done  # the broker is away: the next round tries again
        with _unless_locked():
            Build.objects.filter(pk=build_id).update(sent_at=Now())
    return len(build_ids)


def _quarantine_lost() -> int:
    """Sends what lost its lease to where it can kill nobody else: soon, and then now and then."""
    again = Q(quarantined_at=None) | Q(quarantined_at__lt=Now() - timedelta(seconds=conf.RESEND_SECONDS))
    lost = leases.lost().filter(again, quarantine_claims__lt=conf.QUARANTINE_CLAIMS)
    fetch_ids = list(lost.order_by("pk").values_list("pk", flat=True)[:_MOST_AT_ONCE])
    for done, fetch_id in enumerate(fetch_ids):
        if not dispatch.send_to_quarantine(fetch_id):
            return done
        with _unless_locked():
            Fetch.objects.filter(pk=fetch_id).update(quarantined_at=Now())
    return len(fetch_ids)


def _ids(builds: QuerySet[Build]) -> list[int]:
    return list(builds.order_by("created_at").values_list("pk", flat=True)[:_MOST_AT_ONCE])
