"""A source that is away for a while: what was not called says nothing, and pauses come as promised.

As many chunks at once, and as many failures until a pause, as everybody has.
"""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from orchestrator import cache, conf, runs
from orchestrator.batch.schedule import budgets
from orchestrator.clients import gates
from orchestrator.errors import ServerError
from orchestrator.models import Chunk, Run
from orchestrator.records.conditions import Circuit
from orchestrator.records.runs import Totals
from orchestrator.upkeep import sweeper
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, finish, night


@pytest.fixture(autouse=True)
def _one_person_a_chunk(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"RUN_CHUNK": 1, "RUN_PATIENCE_SECONDS": 0.3, "BREAKER_OPEN_SECONDS": 0.2}
    for name, value in {**settings, "BACKOFF_LAST_SECONDS": 0.02}.items():
        monkeypatch.setattr(conf, name, value)


def trip(source: str) -> None:
    """Opens a source's circuit, as calls of others do that fail."""
    while gates.gate(source).circuit is not Circuit.OPEN:
        with pytest.raises(ServerError), gates.passing(source):
            raise ServerError


def pauses(run_id: int, source: str) -> int:
    return budgets.of(Run.objects.get(pk=run_id))[source].pauses


def rest(run_id: int) -> None:
    """The run's pause is over."""
    Run.objects.filter(pk=run_id, state="paused").update(resume_at=Now())
    Chunk.objects.update(due_at=None)
    sweeper.sweep_runs()


def failures(run_id: int) -> Counter[str]:
    """The failed calls of a run, by error code."""
    return sum((Counter(source.errors) for source in runs.status(run_id).sources), Counter())


def test_calls_that_began_before_a_pause_count_nothing(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "BREAKER", False)
    fake_sources["capa"].always = fakes.status(500)
    run_id = runs.refresh(owner="user:1")
    hands.work()
    assert runs.status(run_id).state == "paused"
    assert Chunk.objects.filter(passes=1).count() == 7, "three were under way when it paused"
    assert pauses(run_id, "capa") == 1
    (seconds,) = Run.objects.values_list("resume_at", flat=True)
    assert seconds - Run.objects.get().paused_at == timedelta(seconds=conf.RUN_PAUSE_SECONDS)  # type: ignore[operator]


def test_after_a_pause_one_chunk_tells_whether_the_source_is_back(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "BREAKER", False)
    fake_sources["capa"].always = fakes.status(500)
    run_id = runs.refresh(owner="user:1")
    hands.work()
    for pause in (2, 3):
        rest(run_id)
        assert Chunk.objects.filter(state="running").count() == 1
        hands.work()
        assert (runs.status(run_id).state, pauses(run_id, "capa")) == ("paused", pause)
    fake_sources["capa"].always = None
    rest(run_id)
    hands.work(until=lambda: pauses(run_id, "capa") == 0)
    assert Chunk.objects.filter(state="running").count() > 1
    finish(hands, run_id)
    assert (runs.status(run_id).state, runs.status(run_id).totals) == ("complete", Totals(new=7))


def test_a_run_that_starts_while_circuits_heal_fails_at_no_source(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    for source in fake_sources:
        trip(source)
    told = night(hands)
    assert (told.state, told.totals, failures(told.id)) == ("complete", Totals(new=7), Counter())


def test_a_circuit_that_stays_open_pauses_a_run_and_fails_nobody(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "BREAKER_OPEN_SECONDS", 60.0)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(ended_at__isnull=False).count() == 2)
    trip("capa")
    hands.work()
    told = runs.status(run_id)
    assert (told.state, told.paused_for, pauses(run_id, "capa")) == ("paused", ("capa",), 1)
    assert (told.totals.failed + told.totals.partial, failures(run_id)) == (0, Counter())
    cache.redis().flushdb()
    rest(run_id)
    finish(hands, run_id)
    assert (runs.status(run_id).state, runs.status(run_id).totals) == ("complete", Totals(new=7))


def test_what_is_never_let_through_is_gone_on_without_after_the_last_pause(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"BREAKER_OPEN_SECONDS": 60.0, "RUN_PATIENCE_SECONDS": 0.05, "RUN_PAUSES": 2}
    for name, value in settings.items():
        monkeypatch.setattr(conf, name, value)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(ended_at__isnull=False).count() == 2)
    trip("capa")
    for _ in range(conf.RUN_PAUSES + 1):
        hands.work()
        rest(run_id)
    Chunk.objects.update(due_at=None)
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.state, told.totals) == ("partial", Totals(new=2, partial=5))
    assert [source.given_up for source in told.sources] == [False, False, True]
    assert set(failures(run_id)) == {"circuit_open"}


def test_a_pause_that_a_source_asks_for_is_waited_for(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    fake_sources["beta"].script = [fakes.status(429, Retry_After="60")]
    run_id = runs.refresh(owner="user:1")
    hands.work()
    assert (runs.status(run_id).state, runs.status(run_id).paused_for) == ("paused", ("beta",))
    cache.redis().delete("dossier:{beta}:pause")
    rest(run_id)
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.state, told.totals, failures(run_id)) == ("complete", Totals(new=7), Counter())


def test_who_finds_no_place_is_only_sent_again(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with gates.passing("alpha", gates.BULK), gates.passing("alpha", gates.BULK):
        run_id = runs.refresh(owner="user:1")
        hands.work(until=lambda: Chunk.objects.filter(state="waiting", claims=1).exists())
    assert (runs.status(run_id).state, pauses(run_id, "alpha")) == ("running", 0)
    rest(run_id)
    finish(hands, run_id)
    assert (runs.status(run_id).state, failures(run_id)) == ("complete", Counter())


def test_a_failure_from_before_a_pause_that_is_saved_after_it_counts_nothing(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "BREAKER_OPEN_SECONDS", 60.0)
    fake_sources["alpha"].script = [fakes.status(500)] * conf.RUN_ATTEMPTS
    trip("capa")
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: pauses(run_id, "capa") == 1)
    for name in ("tripped", "open"):
        cache.redis().delete(f"dossier:{{capa}}:{name}")
    rest(run_id)
    hands.work(until=lambda: failures(run_id))
    assert failures(run_id) == Counter(server_error=1)
    assert budgets.of(Run.objects.get())["alpha"].failed_in_a_row == 0


def test_a_later_pass_does_not_wait_for_a_source_that_was_given_up(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a night over millions would wait for as long again for each thousand."""
    for name in ("RUN_PATIENCE_SECONDS", "BREAKER_OPEN_SECONDS"):
        monkeypatch.setattr(conf, name, 60.0)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(claims__gt=0).count() == conf.RUN_CHUNKS_AT_ONCE)
    hands.waiting.clear()
    given_up = budgets.of(Run.objects.get(pk=run_id)) | {"capa": budgets.Budget(given_up=True)}
    Run.objects.filter(pk=run_id).update(budgets=budgets.stored(given_up))
    second_pass = {"passes": 1, "asks": {"capa": [0]}, "saved": "n", "state": "waiting"}
    Chunk.objects.filter(run=run_id).update(**second_pass, lease_until=None, due_at=None)
    trip("capa")
    began = time.monotonic()
    sweeper.sweep_runs()
    assert Chunk.objects.filter(state="running").count() == 1, "one tells whether it is back"
    hands.work(until=lambda: Chunk.objects.filter(passes=2).exists())
    assert time.monotonic() - began < 30
