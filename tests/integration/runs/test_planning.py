"""Planning a run: the sources' lists, however they answer, and who plans."""

import json
from collections.abc import Sequence
from datetime import datetime

import pytest

from orchestrator import conf, runs
from orchestrator.batch import listing
from orchestrator.batch.listing import Progress
from orchestrator.clients import registry
from orchestrator.models import Run
from orchestrator.runs import Totals
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
    read = listing.read_page

    def reading(source: str, progress: Progress) -> tuple[Progress, Sequence[str]]:
        leases.append(Run.objects.get().planner_until)
        return read(source, progress)

    monkeypatch.setattr(listing, "read_page", reading)
    night(hands)
    assert len(set(leases)) == len(registry.SOURCES)


def test_a_run_is_never_over_itself(hands: Hands, crowd: list[str]) -> None:
    run_id = runs.refresh(owner="user:1")
    assert runs.refresh(owner="user:2") == run_id
    finish(hands, run_id)
    assert runs.refresh(owner="user:2") != run_id
