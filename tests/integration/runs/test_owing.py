"""One nightly run for each business date, whoever notices that it is owed, and however often."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from structlog.testing import capture_logs

from orchestrator import clock as database_clock
from orchestrator import runs
from orchestrator.batch.schedule import nightly
from orchestrator.models import Installation, Run
from orchestrator.records.runs import Totals
from orchestrator.upkeep import sweeper
from tests.integration.runs.conftest import Hands, finish


@pytest.fixture
def clock(db: None, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time that PostgreSQL would tell; installed on the first of June, at noon."""
    now = [datetime(2026, 6, 1, 15, tzinfo=UTC)]
    monkeypatch.setenv("NIGHTLY_AT", "03:00")
    monkeypatch.setattr(database_clock, "now", lambda: now[0])
    Installation.objects.update(nights_since=now[0])
    return now


def dates() -> list[date | None]:
    return list(Run.objects.order_by("pk").values_list("business_date", flat=True))


def test_nothing_is_owed_for_the_time_before_the_installation(hands: Hands, clock: list[datetime]) -> None:
    assert nightly.start_if_owed() is None
    clock[0] = datetime(2026, 6, 2, 5, 59, tzinfo=UTC)
    assert nightly.start_if_owed() is None
    clock[0] = datetime(2026, 6, 2, 6, 0, tzinfo=UTC)
    assert nightly.start_if_owed()
    assert dates() == [date(2026, 6, 2)]


def test_a_date_has_one_run(hands: Hands, clock: list[datetime]) -> None:
    clock[0] = datetime(2026, 6, 2, 6, 0, tzinfo=UTC)
    run_id = nightly.start_if_owed()
    assert run_id
    finish(hands, run_id)
    for hour in (7, 12, 23):
        clock[0] = datetime(2026, 6, 2, hour, tzinfo=UTC)
        assert nightly.start_if_owed() is None
    sweeper.sweep_runs()
    assert dates() == [date(2026, 6, 2)]


def test_missed_nights_are_caught_up_by_one_run(hands: Hands, clock: list[datetime]) -> None:
    clock[0] = datetime(2026, 6, 5, 14, tzinfo=UTC)
    sweeper.sweep_runs()
    sweeper.sweep_runs()
    assert dates() == [date(2026, 6, 5)]


def test_a_night_that_comes_while_another_run_is_active_waits_for_its_end(
    hands: Hands, clock: list[datetime]
) -> None:
    long = runs.refresh(owner="user:1")
    clock[0] = datetime(2026, 6, 2, 6, 0, tzinfo=UTC)
    assert nightly.start_if_owed() is None
    runs.cancel(long)
    assert nightly.start_if_owed()
    assert dates() == [None, date(2026, 6, 2)]


def test_a_night_that_is_paused_is_told_to_hold_up_the_next(hands: Hands, clock: list[datetime]) -> None:
    clock[0] = datetime(2026, 6, 2, 6, 0, tzinfo=UTC)
    first = nightly.start_if_owed()
    assert first
    runs.pause(first)
    paused_at(datetime(2026, 6, 2, 9, 0, tzinfo=UTC))
    assert (runs.held_up(), runs.status(first).waiting_night) == (None, None), "no other is owed yet"
    clock[0] = datetime(2026, 6, 3, 6, 0, tzinfo=UTC)
    with capture_logs() as said:
        for _ in range(3):
            sweeper.sweep_runs()
    (line,) = (each for each in said if each["event"] == "run.night_waits")
    assert (line["business_date"], line["run"], line["state"]) == ("2026-06-03", first, "paused")
    told = runs.held_up()
    assert told
    assert (told.id, told.waiting_night, told.paused_at) == (
        first,
        date(2026, 6, 3),
        datetime(2026, 6, 2, 9, 0, tzinfo=UTC),
    )


def test_a_pause_of_more_than_a_day_is_ended_by_the_night_that_it_holds_up(
    hands: Hands, crowd: list[str], clock: list[datetime]
) -> None:
    clock[0] = datetime(2026, 6, 2, 6, 0, tzinfo=UTC)
    first = nightly.start_if_owed()
    assert first
    runs.pause(first)
    paused_at(datetime(2026, 6, 2, 9, 0, tzinfo=UTC))
    clock[0] = datetime(2026, 6, 3, 9, 0, tzinfo=UTC)
    sweeper.sweep_runs()
    assert dates() == [date(2026, 6, 2)], "a day is not over"
    clock[0] = datetime(2026, 6, 3, 9, 1, tzinfo=UTC)
    sweeper.sweep_runs()
    assert dates() == [date(2026, 6, 2), date(2026, 6, 3)]
    assert (runs.status(first).state, runs.status(first).overtaken) == ("cancelled", True)
    second = Run.objects.get(business_date=date(2026, 6, 3))
    finish(hands, second.pk)
    assert runs.status(second.pk).totals == Totals(new=7)
    assert runs.held_up() is None


def test_a_pause_over_no_owed_night_lasts_as_long_as_it_is_wanted(
    hands: Hands, clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTLY_AT", "off")
    run_id = runs.refresh(owner="user:1")
    runs.pause(run_id)
    paused_at(datetime(2026, 6, 2, 9, 0, tzinfo=UTC))
    clock[0] = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)
    sweeper.sweep_runs()
    assert runs.status(run_id).state == "paused"


def paused_at(moment: datetime) -> None:
    Run.objects.filter(state="paused").update(paused_at=moment)


def test_it_can_be_switched_off(hands: Hands, clock: list[datetime], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTLY_AT", "off")
    clock[0] = datetime(2026, 6, 5, 14, tzinfo=UTC)
    assert nightly.start_if_owed() is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_notice_at_one_moment_one_starts_it() -> None:
    barrier, started = threading.Barrier(8), list[int | None]()

    def notice() -> None:
        barrier.wait()
        started.append(nightly.start(owner="clock", business_date=date(2026, 6, 2)))
        connection.close()

    threads = [threading.Thread(target=notice) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each is not None for each in started) == [False] * 7 + [True]
    assert Run.objects.count() == 1
