"""The nightly run: one for each business date, whoever notices that it is owed.

No two nightly runs are active at once, so that a night may have to wait for an earlier one. That is
said, and one that is paused holds it up for a day at most: what it has not done, the next one does.
"""

from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import structlog
from django.db import connection, transaction

from orchestrator import clock, conf, dispatch
from orchestrator.batch.schedule import lifecycle
from orchestrator.errors import UnknownKey
from orchestrator.models import Installation, Run
from orchestrator.records.requests import Purpose
from orchestrator.sealing import keys

CLOCK = "clock"  # who owns a run that nobody asked for
_LONGEST_PAUSE = timedelta(days=1)
_SAID_EVERY_SECONDS = 3600.0
_said_at: dict[tuple[date, int], float] = {}  # by the monotonic clock, of this process

log = structlog.get_logger(__name__)


def start_if_owed() -> int | None:
    """Starts the run of the latest business date if it is missing; gives its id, None where none was
    started.

    Ends a nightly run that has been paused for longer than a day. Safe to call by any number of
    processes: the row is the only one of its date, and while a nightly run is active there is no other.
    While the settings lack a key it stays owed, and that is logged.
    """
    day = _owed()
    if day is None:
        return None
    try:
        keys.require()
        _overtake(day)
        run_id = start(owner=CLOCK, business_date=day)
    except UnknownKey:  # which `keys` has logged: the sweeper's other work goes on
        return None
    if run_id is None and (held_up := waiting()):
        day, run = held_up
        if monotonic() - _said_at.get((day, run.pk), float("-inf")) >= _SAID_EVERY_SECONDS:
            _said_at[day, run.pk] = monotonic()
            log.warning("run.night_waits", business_date=day.isoformat(), run=run.pk, state=run.state)
    return run_id


def waiting() -> tuple[date, Run] | None:
    """The night that is owed and the run that it waits for; None where none waits."""
    active = Run.objects.filter(kind=Run.Kind.NIGHTLY, finished_at=None).first()
    day = _owed() if active else None
    return (day, active) if active and day else None


def _owed() -> date | None:
    """The latest business date whose time has come, if it has had no run."""
    at = conf.nightly_at()
    if at is None:
        return None
    # Since when the installation has nights: a row of its own, made with the first of them.
    rows = Installation.objects.order_by("pk").values_list("nights_since", flat=True)
    since = rows.first() or Installation.objects.create(nights_since=clock.now()).nights_since
    day = owed(clock.now(), since, at)
    return None if day is None or Run.objects.filter(business_date=day).exists() else day


def _overtake(day: date) -> None:
    """A run over everybody does what an older one has left: nothing is lost but the pause."""
    paused = Run.objects.filter(kind=Run.Kind.NIGHTLY, state=Run.State.PAUSED)
    with transaction.atomic():
        for run in paused.filter(paused_at__lt=clock.now() - _LONGEST_PAUSE).select_for_update(no_key=True):
            log.warning("run.overtaken", run=run.pk, business_date=day.isoformat())
            lifecycle.cancel(run)
            Run.objects.filter(pk=run.pk).update(overtaken=True)


def start(*, owner: str, team: str = "", business_date: date | None = None) -> int | None:
    """Starts a run over everybody; None where one is active, or this date has had its own.

    Raises UnknownKey.
    """
    keys.require()
    values = {
        "purpose": Purpose.ACCOUNT_REVIEW.value,
        "owner": owner,
        "team": team,
        "business_date": business_date,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        row = cursor.fetchone()
        if row is None:
            return None
        run_id = int(row[0])
        transaction.on_commit(lambda: dispatch.send_plan(run_id))
    return run_id


_INSERT = """
insert into orchestrator_run
       (kind, state, purpose, owner, team, over_everybody, business_date, listing, walked_to, budgets,
        row_counts)
values ('nightly', 'running', %(purpose)s, %(owner)s, %(team)s, true, %(business_date)s, '{}', 0, '{}', '{}')
on conflict do nothing
returning id
"""


SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def owed(now: datetime, installed_at: datetime, at: time) -> date | None:
    """The latest business date whose time has come; None where that was before the installation.

    `now` and `installed_at` are aware. Of several nights that were missed only the last is owed: a
    run renews everybody.
    """
    today = now.astimezone(SAO_PAULO).date()
    day = today if due_at(today, at) <= now else today - timedelta(days=1)
    return day if due_at(day, at) > installed_at else None


def due_at(day: date, at: time) -> datetime:
    """When the run of a business date begins.

    A time that the clocks skip on that day (when summer time began, an hour was) is taken as if they
    had not yet been moved; of one that comes twice, the first counts.
    """
    return datetime.combine(day, at, tzinfo=SAO_PAULO).astimezone(UTC)
