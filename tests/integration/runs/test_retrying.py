"""Asking again for what failed: a run of its own, one at a time, planned by a worker."""

import threading
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection

from orchestrator import conf, dispatch, migrations, runs
from orchestrator.batch import chunks
from orchestrator.batch.planning import planner
from orchestrator.batch.schedule import passes, sending
from orchestrator.errors import NothingToRetry
from orchestrator.models import Chunk, Run
from orchestrator.records.runs import RunStatus, Totals
from orchestrator.versions import identity
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, finish, night


@pytest.fixture
def failed(hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> RunStatus:
    """A night during which Capa refused everybody; by now it answers again."""
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["capa"].always = fakes.status(403)
    told = night(hands)
    assert told.totals == Totals(partial=7)
    fake_sources["capa"].always = None
    return told


def test_who_clicks_waits_for_one_row_and_a_worker_does_the_rest(
    hands: Hands, failed: RunStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as clicking:
        clicking.setattr(identity, "unsealed_cpf", lambda *_: pytest.fail("nobody is read meanwhile"))
        run_id = runs.retry_failed(failed.id, owner="user:1")
    assert not Chunk.objects.filter(run=run_id).exists()
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(changed=7)


def test_a_planner_that_dies_on_the_way_is_followed_by_one_that_goes_on(
    hands: Hands, failed: RunStatus
) -> None:
    run_id = runs.retry_failed(failed.id, owner="user:1")
    Run.objects.filter(pk=run_id).update(walked_to=1)  # the first chunk was cut, and is lost with it here
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(changed=4)


def test_a_chunk_that_is_halved_while_others_are_still_planned_takes_no_number_of_theirs(
    hands: Hands, failed: RunStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 1)
    run_id = runs.retry_failed(failed.id, owner="user:1")
    hands.waiting.clear()
    next(planner.steps(Run.objects.get(pk=run_id)))  # and then its planner died
    sending.send_waiting()
    passes.note_death(Chunk.objects.get(run=run_id).pk, 0)
    sending.send_waiting()
    Run.objects.filter(pk=run_id).update(planner_until=None)
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(changed=7)


def test_a_second_click_finds_the_first(hands: Hands, failed: RunStatus) -> None:
    first = runs.retry_failed(failed.id, owner="user:1")
    assert runs.retry_failed(failed.id, owner="user:2") == first
    hands.work()
    assert runs.status(first).finished
    assert Run.objects.filter(kind="retry").count() == 1


def test_what_failed_again_is_asked_again_from_the_retry(
    hands: Hands, failed: RunStatus, fake_sources: Fakes
) -> None:
    fake_sources["capa"].always = fakes.status(403)
    first = runs.retry_failed(failed.id, owner="user:1")
    finish(hands, first)
    assert runs.status(first).totals == Totals(partial=7)
    fake_sources["capa"].always = None
    calls = {name: len(fake.calls) for name, fake in fake_sources.items()}
    second = runs.retry_failed(first, owner="user:1")
    finish(hands, second)
    assert (runs.status(second).parent_id, runs.status(second).totals) == (first, Totals(changed=7))
    asked = {name: len(fake.calls) - calls[name] for name, fake in fake_sources.items()}
    assert (asked["alpha"], asked["beta"]) == (0, 0)


def test_a_retry_that_was_cancelled_makes_room_for_another(hands: Hands, failed: RunStatus) -> None:
    first = runs.retry_failed(failed.id, owner="user:1")
    runs.cancel(first)
    second = runs.retry_failed(failed.id, owner="user:1")
    assert second != first
    finish(hands, second)
    assert runs.status(second).totals == Totals(changed=7)


def test_where_nothing_failed_it_is_told_at_once(hands: Hands, crowd: list[str]) -> None:
    told = night(hands)
    with pytest.raises(NothingToRetry):
        runs.retry_failed(told.id, owner="user:1")
    assert Run.objects.count() == 1


def test_of_several_retries_that_were_active_before_only_one_might_be_the_first_stays(
    hands: Hands, failed: RunStatus
) -> None:
    (module,) = (path.stem for path in Path(migrations.__path__[0]).glob("*_run_results.py"))
    first = runs.retry_failed(failed.id, owner="user:1")
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_indexdef('one_active_retry_per_run'::regclass)")
        (constraint,) = cursor.fetchone()
        cursor.execute("drop index one_active_retry_per_run")
        second = Run.objects.create(kind="retry", parent_id=failed.id, purpose="collection", owner="user:1")
        chunks.add(second, [chunks.new(second, 1, ["52998224725"], dossier_ids=[1])])
        cursor.execute(import_module(f"orchestrator.migrations.{module}")._ONE_ACTIVE_RETRY)
        cursor.execute(constraint)
    told = runs.status(second.pk)
    assert (told.state, told.totals, told.total) == ("cancelled", Totals(cancelled=1), 1)
    finish(hands, first)
    assert runs.status(first).totals == Totals(changed=7)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_click_at_one_moment_all_get_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "send_plan", lambda _: True)
    ended = Run.objects.create(kind="nightly", owner="clock", totals={"failed": 1}, state="partial")
    Run.objects.update(finished_at=ended.created_at)
    barrier, begun = threading.Barrier(8), list[int]()

    def click() -> None:
        barrier.wait()
        begun.append(runs.retry_failed(ended.pk, owner="user:1"))
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 8
    assert len(set(begun)) == 1
    assert Run.objects.filter(kind="retry").count() == 1
