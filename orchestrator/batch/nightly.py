"""The nightly run: one for each business date, whoever notices that it is owed."""

from datetime import date, datetime

from django.db import connection, transaction

from orchestrator import conf, dispatch, keys
from orchestrator.batch import calendar, writing
from orchestrator.models import Installation, Run
from orchestrator.records import Purpose
from orchestrator.sealing import UnknownKey

CLOCK = "clock"  # who owns a run that nobody asked for


def start_if_owed() -> int | None:
    """Starts the run of the latest business date if it is missing; gives its id, None where none was
    started.

    Safe to call by any number of processes: the row is the only one of its date, and while a nightly
    run is active there is no other. While the settings lack a key it stays owed, and that is logged.
    """
    at = conf.nightly_at()
    day = calendar.owed(writing.now(), _nights_since(), at) if at else None
    if day is None or Run.objects.filter(business_date=day).exists():
        return None
    try:
        return start(owner=CLOCK, business_date=day)
    except UnknownKey:  # which `keys` has logged: the sweeper's other work goes on
        return None


def start(*, owner: str, business_date: date | None = None) -> int | None:
    """Starts a run over everybody; None where one is active, or this date has had its own.

    Raises UnknownKey.
    """
    keys.require()
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


def _nights_since() -> datetime:
    """When the installation began to have nightly runs: a row of its own, made with the first of them."""
    since = Installation.objects.order_by("pk").values_list("nights_since", flat=True)
    return since.first() or Installation.objects.create(nights_since=writing.now()).nights_since
