"""Planning a run: the sources' lists, however they answer, and who plans."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db.models.functions import Now

from orchestrator import conf, runs
from orchestrator.batch import source_lists
from orchestrator.batch.planning import planner
from orchestrator.batch.source_lists import ListProgress
from orchestrator.clients import registry
from orchestrator.models import Run
from orchestrator.records.runs import Totals
from tests.fakes import people
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, finish, night, person


def test_a_list_that_cannot_be_read_leaves_the_run_partial(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "BREAKER", False)  # its batch answers are fine
    fake_sources["beta"].people[people.JOAO] = person("beta", people.JOAO, 9)
    fake_sources["beta"].lists = fakes.status(500)
    told = night(hands)
    assert (told.state, told.totals) == ("partial", Totals(new=7))
    (beta,) = [source for source in told.sources if source.source == "beta"]
    assert beta.list_error_code == "server_error"


def test_a_list_that_could_not_be_read_for_a_while_is_read_to_the_end(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    fake_sources["beta"].people[people.JOAO] = person("beta", people.JOAO, 9)
    fake_sources["beta"].lists = fakes.status(500)
    run_id = runs.refresh(owner="user:1")
    hands.work()
    fake_sources["beta"].lists = None
    finish(hands, run_id)
    assert (runs.status(run_id).state, runs.status(run_id).totals) == ("complete", Totals(new=8))


def test_which_list_is_not_read_and_when_it_is_tried_again_is_told_at_once(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_RETRY_SECONDS", 60.0)
    fake_sources["beta"].lists = fakes.status(500)
    run_id = runs.refresh(owner="user:1")
    hands.work()
    alpha, beta, _ = runs.status(run_id).sources
    assert (alpha.list_error_code, alpha.list_next_try_at) == (None, None)
    assert (beta.list_error_code, beta.list_tries, beta.list_max_tries) == ("server_error", 1, 5)
    planner_until = Run.objects.get().planner_until
    assert beta.list_next_try_at
    assert planner_until
    assert abs(planner_until - beta.list_next_try_at) < timedelta(seconds=1)
    fake_sources["beta"].lists = None
    Run.objects.update(planner_until=Now())
    finish(hands, run_id)
    beta = runs.status(run_id).sources[1]
    assert (beta.list_error_code, beta.list_tries, beta.list_next_try_at) == (None, 0, None)


def test_while_a_list_is_tried_again_nobody_is_told_to_wait_for_it(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str | None, datetime | None]] = []
    read = planner.read_page

    def reading(source: str, progress: ListProgress) -> tuple[ListProgress, Sequence[str]]:
        if source == "capa":
            beta = runs.status(Run.objects.get().pk).sources[1]
            told.append((beta.list_error_code, beta.list_next_try_at))
        return read(source, progress)

    monkeypatch.setattr(conf, "BREAKER", False)
    fake_sources["beta"].lists = fake_sources["capa"].lists = fakes.status(500)
    monkeypatch.setattr(planner, "read_page", reading)
    night(hands)
    assert len(told) == source_lists.MOST_TRIES
    assert set(told) == {("server_error", None)}


@pytest.mark.parametrize("status", [401, 403])
def test_what_no_waiting_heals_is_not_waited_for_where_every_source_says_it(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    night(hands)
    monkeypatch.setattr(conf, "RUN_RETRY_SECONDS", 3600.0)
    monkeypatch.setattr(conf, "RUN_ERROR_BUDGET", 1)
    for fake in fake_sources.values():
        fake.always = fake.lists = fakes.status(status)
    told = night(hands)
    assert (told.state, told.totals) == ("failed", Totals(failed=7))
    assert [source.list_tries for source in told.sources] == [1, 1, 1]


def test_a_run_that_found_nobody_because_no_list_could_be_read_has_failed(
    hands: Hands, fake_sources: Fakes
) -> None:
    for fake in fake_sources.values():
        fake.lists = fakes.status(403)
    told = night(hands)
    assert (told.state, told.total) == ("failed", 0)


def test_where_only_the_lists_are_refused_those_who_are_known_are_renewed(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(hands)
    monkeypatch.setattr(conf, "RUN_RETRY_SECONDS", 3600.0)
    for fake in fake_sources.values():
        fake.lists = fakes.status(403)
    told = night(hands)
    assert (told.state, told.totals) == ("partial", Totals(unchanged=7))


def test_one_source_that_refuses_its_list_is_given_time(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    fake_sources["beta"].lists = fakes.status(403)
    told = night(hands)
    assert [source.list_tries for source in told.sources] == [0, 5, 0]
    assert (told.state, told.totals) == ("partial", Totals(new=7))


def test_a_list_that_does_not_move_on_is_read_no_further(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    again = {"cpfs": [people.JOAO], "next_cursor": "1"}
    fake_sources["beta"].people[people.JOAO] = person("beta", people.JOAO, 9)
    fake_sources["beta"].lists = fakes.body(json.dumps(again).encode())
    told = night(hands)
    assert (told.state, told.totals) == ("partial", Totals(new=8))
    (beta,) = [source for source in told.sources if source.source == "beta"]
    assert beta.list_error_code == "bad_answer"


def test_a_planner_keeps_its_lease_however_slow_the_lists_are(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leases: list[datetime | None] = []
    read = planner.read_page

    def reading(source: str, progress: ListProgress) -> tuple[ListProgress, Sequence[str]]:
        leases.append(Run.objects.get().planner_until)
        return read(source, progress)

    monkeypatch.setattr(planner, "read_page", reading)
    night(hands)
    assert len(set(leases)) == len(registry.SOURCES)


def test_a_run_is_never_over_itself(hands: Hands, crowd: list[str]) -> None:
    run_id = runs.refresh(owner="user:1")
    assert runs.refresh(owner="user:2") == run_id
    finish(hands, run_id)
    assert runs.refresh(owner="user:2") != run_id
