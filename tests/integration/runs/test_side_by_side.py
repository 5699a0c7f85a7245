"""Runs side by side, messages that come twice or late, and saving that waits: nobody is asked for twice."""

import io
from collections import Counter

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now

from orchestrator import cache, conf, runs
from orchestrator.batch.planning import planner
from orchestrator.batch.schedule import passes, sending
from orchestrator.batch.work import writing
from orchestrator.models import Chunk, Run
from orchestrator.records.runs import Totals
from orchestrator.upkeep import sweeper
from tests.integration.runs.conftest import Fakes, Hands, finish


def upload(cpfs: list[str]) -> int:
    text = "\n".join(["cpf", *cpfs])
    return runs.upload(io.BytesIO(text.encode()), purpose="account_review", owner="user:1")


def asked(fakes: Fakes) -> dict[str, list[int]]:
    """By source how often each person was asked for."""
    counts = {name: Counter(cpf for call in fake.calls for cpf in call) for name, fake in fakes.items()}
    return {name: sorted(set(count.values())) for name, count in counts.items()}


def under_way() -> Counter[int]:
    return Counter(Chunk.objects.filter(state="running").values_list("run_id", flat=True))


def test_the_chunks_of_all_runs_have_one_bound_and_each_run_its_turn(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNK", 1)
    run_ids = [upload(crowd) for _ in range(3)]
    for run_id in run_ids:
        planner.plan(run_id)
    seen = []
    while Run.objects.filter(finished_at=None).exists():
        seen.append(under_way())
        assert hands.waiting
        hands.work(until=lambda: under_way() != seen[-1])
    assert max(each.total() for each in seen) == conf.RUN_CHUNKS_AT_ONCE
    all_three = [each for each in seen if len(each) == 3]
    assert len(all_three) > len(seen) / 2, "none had to wait for another's end"
    assert [runs.status(run_id).state for run_id in run_ids] == ["complete"] * 3


def test_what_was_fetched_is_not_fetched_again_because_the_saving_waits(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    run_id = upload(crowd)
    hands.work(until=lambda: hands.waiting and all(task.__name__ == "save" for task, _ in hands.waiting[:1]))
    for _ in range(8):
        Chunk.objects.filter(state="running").update(lease_until=Now())
        sweeper.sweep_runs()
    finish(hands, run_id)
    assert asked(fake_sources) == {"alpha": [1], "beta": [1], "capa": [1]}
    assert runs.status(run_id).totals == Totals(new=7)


def test_messages_that_come_twice_ask_for_nobody_twice(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    run_id = upload(crowd)
    while not Run.objects.get(pk=run_id).finished_at:
        hands.waiting = [message for message in hands.waiting for _ in range(2)]
        hands.work(until=lambda: Run.objects.get(pk=run_id).finished_at or len(hands.waiting) < 3)
    assert asked(fake_sources) == {"alpha": [1], "beta": [1], "capa": [1]}
    assert runs.status(run_id).totals == Totals(new=7)


@pytest.mark.django_db(transaction=True)
def test_who_asks_already_is_not_joined(hands: Hands, crowd: list[str], fake_sources: Fakes) -> None:
    run_id = upload(crowd[:3])
    planner.plan(run_id)
    chunk = Chunk.objects.get(run=run_id)
    other = connection.copy()
    with other.cursor() as cursor:
        name = f"chunk:{chunk.pk}:alpha"
        cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name])
    hands.work()
    assert not fake_sources["alpha"].calls
    assert not Run.objects.get(pk=run_id).finished_at
    other.close()
    Chunk.objects.update(lease_until=Now())
    finish(hands, run_id)
    assert asked(fake_sources) == {"alpha": [1], "beta": [1], "capa": [1]}


def test_only_what_redis_lost_is_fetched_again(hands: Hands, crowd: list[str], fake_sources: Fakes) -> None:
    run_id = upload(crowd[:3])
    hands.work(until=lambda: any(task.__name__ == "save" for task, _ in hands.waiting[:1]))
    chunk = Chunk.objects.get(run=run_id)
    cache.redis().delete(f"dossier:part:{chunk.pk}:0:beta")
    hands.work()
    Chunk.objects.update(due_at=None)
    finish(hands, run_id)
    assert asked(fake_sources) == {"alpha": [1], "beta": [2], "capa": [1]}
    assert runs.status(run_id).totals == Totals(new=3)


def test_messages_that_went_astray_use_up_nothing_of_what_redis_may_lose(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    run_id = upload(crowd[:3])
    hands.work(until=lambda: any(task.__name__ == "save" for task, _ in hands.waiting[:1]))
    for _ in range(conf.RUN_MOST_LOST):
        hands.waiting.clear()
        Chunk.objects.filter(state="running").update(lease_until=Now())
        sweeper.sweep_runs()
    chunk = Chunk.objects.get(run=run_id)
    hands.work(until=lambda: any(task.__name__ == "save" for task, _ in hands.waiting[:1]))
    cache.redis().delete(f"dossier:part:{chunk.pk}:0:beta")
    hands.work()
    Chunk.objects.update(due_at=None)
    finish(hands, run_id)
    assert Chunk.objects.get(run=run_id).passes == 1, "no source was taken for one that had failed"
    assert runs.status(run_id).totals == Totals(new=3)


def test_a_seen_death_is_told_once_and_sent_again_at_once(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    run_id = upload(crowd[:3])
    hands.work(until=lambda: fake_sources["alpha"].calls)
    hands.waiting.clear()
    chunk = Chunk.objects.get(run=run_id)
    for _ in range(3):  # the children that asked the three sources
        passes.note_death(chunk.pk, chunk.passes)
    sending.send_waiting()
    finish(hands, run_id)
    assert asked(fake_sources) == {"alpha": [1], "beta": [1], "capa": [1]}
    chunk.refresh_from_db()
    assert (chunk.deaths, chunk.claims) == (1, 2)


def test_a_database_that_is_away_while_saving_is_nobody_s_death(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = upload(crowd[:3])
    with monkeypatch.context() as patch:
        patch.setattr(writing, "add_versions", _away)
        with pytest.raises(OperationalError):
            hands.work()
    Chunk.objects.update(due_at=None)
    finish(hands, run_id)
    assert Chunk.objects.get(run=run_id).deaths == 0
    assert asked(fake_sources) == {"alpha": [1], "beta": [1], "capa": [1]}
    assert runs.status(run_id).totals == Totals(new=3)


def _away(*_: object) -> None:
    raise OperationalError


def test_a_paused_run_holds_up_no_other(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNK", 1)
    first, second = upload(crowd), upload(crowd)
    for run_id in (first, second):
        planner.plan(run_id)
    runs.pause(first)
    finish(hands, second)
    assert (runs.status(first).state, runs.status(second).state) == ("paused", "complete")


def test_who_saves_for_an_earlier_time_takes_nothing_from_who_was_sent_since(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    run_id = upload(crowd[:3])
    hands.work(until=lambda: any(task.__name__ == "save" for task, _ in hands.waiting[:1]))
    chunk = Chunk.objects.get(run=run_id)
    cache.redis().delete(f"dossier:part:{chunk.pk}:0:alpha")  # as of a call that found no place
    passes.give_back(chunk.pk, 0, seconds=0.0)
    sending.send_waiting()  # behind the message that is waiting still
    hands.work(until=lambda: len(hands.waiting) == 4)
    chunk.refresh_from_db()
    assert (chunk.state, chunk.lost) == ("running", 0)
    finish(hands, run_id)
    assert asked(fake_sources) == {"alpha": [2], "beta": [1], "capa": [1]}
