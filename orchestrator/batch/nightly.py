"""The nightly run: one for each business date, whoever notices that it is owed."""

from datetime import date, datetime
from functools import cache

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from orchestrator import conf, dispatch
from orchestrator.batch import calendar, writing
from orchestrator.models import Run
from orchestrator.records import Purpose

CLOCK = "clock"  # who owns a run that nobody asked for
_SINCE = ("orchestrator", "0004_runs")  # the installation began to have nightly runs with it


def start_if_owed() -> int | None:
    """Starts the run of the latest business date if it is missing; gives its id, None where none was
    started.

    Safe to call by any number of processes: the row is the only one of its date, and while a nightly
    run is active there is no other.
    """
    at = conf.nightly_at()
    day = calendar.owed(writing.now(), _installed_at(), at) if at else None
    if day is None or Run.objects.filter(business_date=day).exists():
        return None
    return start(owner=CLOCK, business_date=day)


def start(*, owner: str, business_date: date | None = None) -> int | None:
    """Starts a run over everybody; None where one is active, or this date has had its own."""
    values = {"purpose": Purpose.ACCOUNT_REVIEW.value, "owner": owner, "business_date": business_date}
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
       (kind, state, purpose, owner, business_date, listing, walked_to, budgets, row_counts)
values ('nightly', 'running', %(purpose)s, %(owner)s, %(business_date)s, '{}', 0, '{}', '{}')
on conflict do nothing
returning id
"""


@cache
def _installed_at() -> datetime:
    applied = MigrationRecorder.Migration.objects.get(app=_SINCE[0], name=_SINCE[1]).applied
    moment: datetime = applied
    return moment
