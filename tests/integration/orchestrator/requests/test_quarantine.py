"""What lost its lease without an outcome goes through quarantine; what kills there twice is poisoned."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Now

from orchestrator import dossiers
from orchestrator.models import Build, DossierRequest, Fetch
from orchestrator.requests import building, leases
from orchestrator.upkeep import sweeper
from tests.fakes.people import JOAO
from tests.integration.orchestrator.conftest import run, states

Ask = Callable[..., DossierRequest]


def died(fetch: Fetch, *, quarantine: bool = False) -> None:
    """A worker took it and died: its lease has run out."""
    assert leases.claim(fetch.pk, quarantine=quarantine)
    expire(fetch)


def expire(fetch: Fetch) -> None:
    """The lease's time is over."""
    Fetch.objects.filter(pk=fetch.pk).update(lease_until=Now() - timedelta(seconds=1))


@pytest.fixture
def alpha(ask: Ask) -> Fetch:
    return ask().build.fetches.get(source="alpha")


def test_a_lost_fetch_is_sent_to_quarantine_and_nowhere_else(
    alpha: Fetch, sent: list[int], quarantined: list[int]
) -> None:
    died(alpha)
    sent.clear()
    Build.objects.update(started_at=Now() - timedelta(seconds=60))
    alpha.build.fetches.exclude(pk=alpha.pk).update(state="ok")
    sweeper.sweep()
    assert (quarantined, sent) == ([alpha.pk], [])
    assert building.fetch(alpha.pk) is None, "an ordinary worker does not touch it"
    alpha.refresh_from_db()
    assert alpha.state == "fetching"


def test_one_that_is_still_held_is_not(alpha: Fetch, quarantined: list[int]) -> None:
    assert leases.claim(alpha.pk)
    sweeper.sweep()
    assert quarantined == []
    assert leases.claim(alpha.pk, quarantine=True) is None


def test_it_is_sent_once_until_it_is_overdue(alpha: Fetch, quarantined: list[int]) -> None:
    died(alpha)
    sweeper.sweep()
    sweeper.sweep()
    assert quarantined == [alpha.pk]
    Fetch.objects.update(quarantined_at=Now() - timedelta(seconds=60))
    sweeper.sweep()
    assert quarantined == [alpha.pk] * 2


def test_the_innocent_end_well_there(ask: Ask) -> None:
    asked = ask()
    for fetch in asked.build.fetches.all():
        died(fetch)
        building.fetch(fetch.pk, quarantine=True)
    ended = dossiers.status(asked.pk)
    assert ended.state == "complete"
    assert [source.attempts for source in ended.sources] == [1, 1, 1], "made again, not counted again"


def test_what_kills_twice_in_quarantine_is_poisoned(ask: Ask, quarantined: list[int]) -> None:
    asked = ask()
    alpha = asked.build.fetches.get(source="alpha")
    died(alpha)
    for fetch in asked.build.fetches.exclude(pk=alpha.pk):
        building.fetch(fetch.pk)
    died(alpha, quarantine=True)
    sweeper.sweep()
    assert dossiers.status(asked.pk).state == "running", "once may be another's fault"
    died(alpha, quarantine=True)
    assert leases.claim(alpha.pk, quarantine=True) is None
    sweeper.sweep()
    ended = dossiers.status(asked.pk)
    assert (ended.state, states(ended)["alpha"]) == ("partial", "failed")
    assert ended.sources[0].error_code == "poisoned"


def test_a_poisoned_block_that_stood_is_carried(ask: Ask) -> None:
    run(ask())
    asked = ask(fresh=True)
    alpha = asked.build.fetches.get(source="alpha")
    died(alpha)
    for fetch in asked.build.fetches.exclude(pk=alpha.pk):
        building.fetch(fetch.pk)
    for _ in range(2):
        died(alpha, quarantine=True)
    sweeper.sweep()
    ended = dossiers.status(asked.pk)
    assert (states(ended)["alpha"], ended.sources[0].error_code) == ("stale", "poisoned")
    assert (ended.outcome, ended.snapshot_version) == ("unchanged", 1)


def test_an_outcome_clears_of_suspicion(ask: Ask, alpha: Fetch) -> None:
    died(alpha)
    died(alpha, quarantine=True)
    building.fetch(alpha.pk, quarantine=True)
    alpha.refresh_from_db()
    assert (alpha.state, alpha.quarantine_claims, alpha.quarantined_at) == ("ok", 0, None)


def test_a_death_that_is_seen_is_not_waited_for(alpha: Fetch, quarantined: list[int]) -> None:
    died(alpha)
    sweeper.sweep()
    token = uuid4()
    assert leases.claim(alpha.pk, quarantine=True, token=token)
    leases.drop(alpha.pk, uuid4())  # of a child that died with a second message
    sweeper.sweep()
    assert quarantined == [alpha.pk], "another's lease is not touched"
    leases.drop(alpha.pk, token)  # the parent saw its child die
    sweeper.sweep()
    assert quarantined == [alpha.pk] * 2


def test_a_late_drop_takes_nothing_from_who_ended_well(ask: Ask) -> None:
    asked = ask(JOAO)
    tokens = {fetch.pk: uuid4() for fetch in asked.build.fetches.all()}
    for pk, token in tokens.items():
        building.fetch(pk, token=token)
        leases.drop(pk, token)
    assert dossiers.status(asked.pk).state == "complete"


def test_a_defect_of_ours_does_not_keep_the_lease(
    alpha: Fetch, quarantined: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(building, "_call", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            building.fetch(alpha.pk)
    sweeper.sweep()
    assert quarantined == [alpha.pk], "at once, not when the lease would have run out"
    building.fetch(alpha.pk, quarantine=True)
    alpha.refresh_from_db()
    assert alpha.state == "ok"
