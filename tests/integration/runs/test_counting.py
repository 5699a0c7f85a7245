"""Everybody of a run counts once: the outcomes add up to the total, whatever happens on the way."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from orchestrator import conf, runs
from orchestrator.models import Chunk, Run, RunCounts
from orchestrator.records.runs import RunStatus, Totals
from orchestrator.upkeep import sweeper
from tests.fakes import people
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, die_of, finish, migration, night


def test_who_is_poisoned_in_a_second_pass_is_partial_and_in_the_sum(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alpha's first answer about two people was bad; one of them kills whoever asks again."""
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 2)
    for cpf in crowd[3:5]:
        fake_sources["alpha"].people[cpf]["debts"][0]["value"] = "much"
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, number=2, passes=1).exists())
    poison = Chunk.objects.get(number=2).dossier_ids[0]  # type: ignore[index]
    for _ in range(20):
        die_of(hands, poison)
        sweeper.sweep_runs()
    told = runs.status(run_id)
    assert (told.state, told.totals) == ("partial", Totals(new=5, partial=2))
    errors = {member.dossier_id: dict(member.errors) for member in runs.members(run_id, only_failed=True)}
    assert errors[poison] == {"alpha": "poisoned"}, "the others had answered before"
    assert sorted(codes["alpha"] for codes in errors.values()) == ["bad_answer", "poisoned"]


def test_who_is_poisoned_is_counted_at_once(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 1)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, claims=1).count() == 3)
    poison = Chunk.objects.get(number=2).dossier_ids[1]  # type: ignore[index]
    while not Chunk.objects.filter(run=run_id, failed=1).exists():
        die_of(hands, poison)
        sweeper.sweep_runs()
    assert (runs.status(run_id).finished, runs.status(run_id).totals.failed) == (False, 1)
    finish(hands, run_id)
    assert "run.totals_do_not_add_up" not in caplog.text


def test_a_chunk_that_is_halved_between_two_passes_counts_on(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 1)
    fake_sources["alpha"].people[crowd[4]]["debts"][0]["value"] = "much"
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, number=2, passes=1, claims=2).exists())
    die_of(hands, Chunk.objects.get(number=2).dossier_ids[0])  # type: ignore[index]
    before = runs.status(run_id).totals
    sweeper.sweep_runs()
    assert Chunk.objects.filter(run=run_id).count() == 4
    assert runs.status(run_id).totals == before
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(new=6, partial=1)


def test_who_had_every_answer_before_the_pass_that_kills_lacks_nothing(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second pass asks about somebody else of the chunk, and then about nobody of their half."""
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 1)
    fake_sources["alpha"].people[crowd[4]]["debts"][0]["value"] = "much"
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, number=2, passes=1, claims=2).exists())
    poison = Chunk.objects.get(number=2).dossier_ids[0]  # type: ignore[index]
    for _ in range(20):
        die_of(hands, poison)
        sweeper.sweep_runs()
    finish(hands, run_id)
    (member,) = [each for each in runs.members(run_id) if each.dossier_id == poison]
    assert (member.outcome, dict(member.errors)) == ("new", {})
    assert runs.status(run_id).totals == Totals(new=6, partial=1)


def test_postgresql_refuses_to_end_a_chunk_that_leaves_somebody_out(hands: Hands, crowd: list[str]) -> None:
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, claims=1).exists())
    chunk = Chunk.objects.filter(run=run_id)[:1].get()
    with pytest.raises(IntegrityError, match="an_ended_chunk_counts_everybody"), transaction.atomic():
        Chunk.objects.filter(pk=chunk.pk).update(ended_at=Now(), new=chunk.size - 1)


def recounted(run_id: int) -> RunStatus:
    """A run's status by a count over its chunks, as the migration makes it for old runs."""
    RunCounts.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(migration("run_counts").COUNT)
    return runs.status(run_id)


def comparable(status: RunStatus) -> Any:
    """What does not move with the clock, and has an order."""
    moved = tuple(sorted(status.most_changed))
    return replace(status, per_second=None, seconds_left=None, most_changed=moved)


def troubled(hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> int:
    """A second night under way in which something of everything happens; its second pass is to come."""
    night(hands)
    monkeypatch.setattr(conf, "RUN_ATTEMPTS", 1)
    monkeypatch.setattr(conf, "RUN_RETRY_SECONDS", 3600.0)
    fake_sources["alpha"].people[crowd[0]] = people.alpha(crowd[0], name="Pessoa 0", debts=("7.00", "8.00"))
    fake_sources["alpha"].people[crowd[4]]["debts"][0]["value"] = "much"
    fake_sources["beta"].script = [fakes.status(503)]
    fake_sources["capa"].script = [fakes.status(403)]
    run_id = runs.refresh(owner="user:1")
    hands.work()
    return run_id


def test_the_counts_of_a_run_are_the_sum_over_its_chunks_at_any_time(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = troubled(hands, crowd, fake_sources, monkeypatch)
    under_way = runs.status(run_id)
    assert (under_way.waiting_again, under_way.totals.counted, under_way.total) == (4, 7, 7)
    assert comparable(recounted(run_id)) == comparable(under_way)
    monkeypatch.setattr(conf, "RUN_RETRY_SECONDS", 0.0)
    Chunk.objects.update(due_at=None)
    sweeper.sweep_runs()
    finish(hands, run_id)
    ended = runs.status(run_id)
    assert ended.waiting_again == 0
    assert ended.changes == {"alpha.debts": 1}
    assert comparable(recounted(run_id)) == comparable(ended)


def test_the_counts_of_a_cancelled_run_are_the_sum_over_its_chunks(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = troubled(hands, crowd, fake_sources, monkeypatch)
    runs.cancel(run_id)
    ended = runs.status(run_id)
    assert (ended.totals.counted, ended.waiting_again) == (7, 0)
    assert comparable(recounted(run_id)) == comparable(ended)


def test_an_old_run_whose_details_are_forgotten_keeps_its_figures(hands: Hands, crowd: list[str]) -> None:
    before = night(hands)
    Chunk.objects.all().delete()
    assert runs.status(before.id).total == 7
    forgotten = recounted(before.id)
    assert (forgotten.total, forgotten.totals) == (7, Totals(new=7))


def test_a_run_that_has_lost_somebody_says_so_and_is_not_complete(
    hands: Hands, crowd: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, claims=1).count() == 3)
    Chunk.objects.get(run=run_id, number=3).delete()
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.state, told.total, told.totals) == ("partial", 7, Totals(new=6))
    assert "run.totals_do_not_add_up" in caplog.text


def test_a_look_at_runs_costs_the_same_however_many_chunks_they_have(
    hands: Hands, crowd: list[str], django_assert_num_queries: Any
) -> None:
    run_id = night(hands).id
    assert Run.objects.count() == 1
    with django_assert_num_queries(3):  # the run, its counts, the runs that retry it
        runs.status(run_id)
    night(hands)
    with django_assert_num_queries(2):  # the runs with their counts, and who retries them
        assert len(runs.latest()) == 2
