"""Pausing, by a person and by itself, resuming, cancelling, and asking again for what failed."""

from contextlib import suppress

import pytest
from django.db.models.functions import Now

from orchestrator import conf, runs
from orchestrator.batch.work import parking
from orchestrator.errors import NotFound, NothingToRetry, Unreadable
from orchestrator.models import Chunk, Dossier, Run, Snapshot
from orchestrator.records.runs import Totals
from orchestrator.upkeep import sweeper
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, die_of, finish, night


def begun(hands: Hands, monkeypatch: pytest.MonkeyPatch, *, ended: int = 1) -> int:
    """A run of which so many chunks have ended, one at a time."""
    monkeypatch.setattr(conf, "RUN_CHUNKS_AT_ONCE", 1)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, ended_at__isnull=False).count() >= ended)
    return run_id


def test_a_paused_run_ends_what_is_under_way_and_begins_nothing(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = begun(hands, monkeypatch)
    runs.pause(run_id)
    hands.work()
    sweeper.sweep_runs()
    assert not hands.waiting
    assert (runs.status(run_id).state, runs.status(run_id).totals.done) == ("paused", 6)
    runs.resume(run_id)
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(new=7)


def test_a_cancelled_run_keeps_what_it_has_and_saves_no_more(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = begun(hands, monkeypatch)
    runs.cancel(run_id)
    hands.work()
    sweeper.sweep_runs()
    told = runs.status(run_id)
    assert (told.state, told.totals, told.total) == ("cancelled", Totals(new=3, cancelled=4), 7)
    assert Snapshot.objects.count() == 3
    outcomes = [member.outcome for member in runs.members(run_id)]
    assert outcomes == ["new"] * 3 + ["cancelled"] * 4
    runs.resume(run_id)
    assert runs.status(run_id).state == "cancelled"


def test_a_run_pauses_when_a_source_s_error_budget_is_spent_and_resumes_by_itself(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"RUN_ERROR_BUDGET": 2, "RUN_CHUNKS_AT_ONCE": 1, "RUN_ATTEMPTS": 1}.items():
        monkeypatch.setattr(conf, name, value)
    fake_sources["capa"].always = fakes.status(500)
    run_id = runs.refresh(owner="user:1")
    hands.work()
    told = runs.status(run_id)
    assert (told.state, told.paused_for) == ("paused", ("capa",))
    assert told.resume_at
    assert len(fake_sources["capa"].calls) == 2
    sweeper.sweep_runs()
    assert not hands.waiting
    fake_sources["capa"].always = None
    Run.objects.update(resume_at=Now())
    finish(hands, run_id)
    assert (runs.status(run_id).state, runs.status(run_id).totals) == ("complete", Totals(new=7))


def test_after_enough_pauses_a_run_goes_on_without_the_source(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"RUN_ERROR_BUDGET": 1, "RUN_PAUSES": 1, "RUN_PAUSE_SECONDS": 0.0, "RUN_ATTEMPTS": 1}
    for name, value in {**settings, "RUN_CHUNKS_AT_ONCE": 1, "RUN_PASSES": 1, "BREAKER": False}.items():
        monkeypatch.setattr(conf, name, value)
    fake_sources["capa"].always = fakes.status(500)
    told = night(hands)
    assert (told.state, told.totals) == ("partial", Totals(partial=7))
    assert len(fake_sources["capa"].calls) == 2  # the third chunk went without it
    assert [source.given_up for source in told.sources] == [False, False, True]


def test_retrying_asks_only_who_failed_and_only_the_sources_that_did(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["beta"].people[crowd[4]]["name"] = 7
    first = night(hands)
    assert first.totals == Totals(new=6, partial=1)
    fake_sources["beta"].people[crowd[4]]["name"] = "Pessoa 4"
    calls = {name: len(fake.calls) for name, fake in fake_sources.items()}
    run_id = runs.retry_failed(first.id, owner="user:1")
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.kind, told.parent_id, told.totals) == ("retry", first.id, Totals(changed=1))
    assert fake_sources["beta"].calls[calls["beta"] :] == [[crowd[4]]]
    assert {name: len(fake.calls) - calls[name] for name, fake in fake_sources.items()} == {
        "alpha": 0,
        "beta": 1,
        "capa": 0,
    }
    assert Dossier.objects.filter(latest_version=2, completeness="complete").count() == 1
    assert runs.status(first.id).retry_ids == (run_id,)


def test_what_failed_in_a_cancelled_run_can_be_asked_again(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_RETRY_SECONDS", 60.0)  # it waits for another pass when it is cancelled
    fake_sources["beta"].people[crowd[4]]["name"] = 7
    run_id = runs.refresh(owner="user:1")
    hands.work()
    runs.cancel(run_id)
    told = runs.status(run_id)
    assert (told.state, told.totals, told.can_retry) == ("cancelled", Totals(new=6, partial=1), True)
    fake_sources["beta"].people[crowd[4]]["name"] = "Pessoa 4"
    again = runs.retry_failed(run_id, owner="user:1")
    finish(hands, again)
    assert runs.status(again).totals == Totals(changed=1)


def test_retrying_where_nothing_failed_is_refused(hands: Hands, crowd: list[str]) -> None:
    with pytest.raises(NothingToRetry):
        runs.retry_failed(night(hands).id, owner="user:1")


def test_an_active_run_is_not_retried(hands: Hands, crowd: list[str]) -> None:
    with pytest.raises(NothingToRetry):
        runs.retry_failed(runs.refresh(owner="user:1"), owner="user:1")


def test_there_is_no_run_of_an_unknown_number(hands: Hands) -> None:
    for act in (runs.status, runs.pause, runs.resume, runs.cancel):
        with pytest.raises(NotFound):
            act(4711)


def test_a_chunk_that_kills_whoever_works_on_it_is_halved_until_one_person_is_to_blame(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 2)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, claims=1).count() == 3)
    poison = Chunk.objects.get(number=2).dossier_ids[1]  # type: ignore[index]
    for _ in range(20):
        die_of(hands, poison)
        sweeper.sweep_runs()
    told = runs.status(run_id)
    assert (told.state, told.total, told.totals) == ("partial", 7, Totals(new=6, failed=1))
    (failed,) = runs.members(run_id, only_failed=True)
    assert failed.dossier_id == poison
    assert set(failed.errors.values()) == {"poisoned"}


def test_nobody_is_blamed_for_deaths_that_nobody_saw(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a worker's that was killed as a whole, or a message's that was lost."""
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 2)
    run_id = runs.refresh(owner="user:1")
    for _ in range(6):
        hands.work(until=lambda: Chunk.objects.filter(lease_until__isnull=False).exists())
        hands.waiting.clear()
        Chunk.objects.update(lease_until=Now())
        sweeper.sweep_runs()
    finish(hands, run_id)
    assert (runs.status(run_id).state, runs.status(run_id).totals) == ("complete", Totals(new=7))
    assert Chunk.objects.count() == 3


def test_somebody_whose_key_is_gone_fails_alone_and_soon(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The defect is met while saving, and halves the chunk at once: no lease is waited for."""
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 2)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, claims=1).count() == 3)
    erased = Chunk.objects.get(number=2).dossier_ids[1]  # type: ignore[index]
    Dossier.objects.filter(pk=erased).update(data_key=b"")
    for _ in range(20):
        _work_through_defects(hands)
        sweeper.sweep_runs()
    told = runs.status(run_id)
    assert (told.state, told.totals) == ("partial", Totals(new=6, failed=1))
    (failed,) = runs.members(run_id, only_failed=True)
    assert failed.dossier_id == erased


def test_answers_that_redis_never_takes_end_a_run_all_the_same(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that is full: else the sources would be asked for ever."""
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 1)
    monkeypatch.setattr(parking, "park", lambda *_: False)
    told = night(hands)
    assert (told.state, told.totals) == ("failed", Totals(failed=7))
    assert {code for member in runs.members(told.id) for code in member.errors.values()} == {"deadline"}


def _work_through_defects(hands: Hands) -> None:
    """As a worker does, whose tasks log what they raise."""
    while hands.waiting:
        with suppress(Unreadable):
            hands.work()
