"""Requests that ended long ago: they go with all their work, and the version that they made stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from orchestrator import conf, dossiers
from orchestrator.errors import NotFound
from orchestrator.models import Attempt, Build, DossierRequest, Fetch, Run, Snapshot
from orchestrator.upkeep import retention
from portal.access.models import Following
from tests.integration.orchestrator.conftest import run
from tests.integration.portal.conftest import person

Ask = Callable[..., DossierRequest]

LONG_AGO = Now() - timedelta(days=conf.HISTORY_DAYS + 1)


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Build, DossierRequest, Fetch, Attempt))


@pytest.fixture
def forgotten(ask: Ask) -> DossierRequest:
    """A request that made version 1, and that is kept no more."""
    old = ask()
    assert run(old).snapshot_version == 1
    Build.objects.update(finished_at=LONG_AGO)
    deleted = retention.forget()
    assert (deleted["builds"], deleted["requests"], deleted["fetches"], deleted["attempts"]) == (1, 1, 3, 3)
    return old


def test_a_request_goes_with_its_work_and_its_version_stays(forgotten: DossierRequest) -> None:
    assert counts() == (0, 0, 0, 0)
    assert Snapshot.objects.get().number == 1
    dossier = dossiers.load(Snapshot.objects.get().dossier_id)
    assert (dossier.version, dossier.completeness) == (1, "complete")


def test_who_follows_it_is_told_that_it_is_not_there(forgotten: DossierRequest) -> None:
    with pytest.raises(NotFound):
        dossiers.status(forgotten.pk)
    with pytest.raises(NotFound):
        dossiers.retry(forgotten.pk, owner="user:1")
    dossier_id = Snapshot.objects.get().dossier_id
    assert dossiers.latest_request(dossier_id) is None
    browser = Client(SERVER_NAME="localhost")
    user = person("analyst", name="analyst")
    Following.objects.create(owner=f"user:{user.pk}", dossier_id=dossier_id, from_version=1)
    browser.force_login(user)
    assert browser.get(f"/dossiers/{dossier_id}/").status_code == 200
    for page in ("", "attempts/"):
        answer = browser.get(f"/requests/{forgotten.pk}/{page}")
        assert answer.status_code == 404
        assert "o que ele mostrava não existe mais" in answer.content.decode()


def test_the_next_request_makes_the_next_version(ask: Ask, forgotten: DossierRequest) -> None:
    assert run(ask(fresh=True)).outcome == "unchanged"
    assert counts() == (1, 1, 3, 3)


def test_what_ended_lately_and_what_is_under_way_stays(ask: Ask) -> None:
    run(ask())
    Build.objects.update(finished_at=Now() - timedelta(days=conf.HISTORY_DAYS - 1))
    ask(fresh=True)
    before = counts()
    assert retention.forget()["builds"] == 0
    assert counts() == before


def test_a_step_takes_no_more_than_it_may(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        run(ask(fresh=True))
    Build.objects.update(finished_at=LONG_AGO)
    monkeypatch.setattr(retention, "BUILDS", 1)
    monkeypatch.setattr(retention, "MOST_STEPS", 2)
    assert [retention.forget()["builds"] for _ in range(2)] == [2, 1]


def test_nothing_holds_a_build_that_a_version_names(db: None) -> None:
    """Such a constraint would have PostgreSQL look for each build's version."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_constraint where contype = 'f'"
            "   and conrelid = 'orchestrator_snapshot'::regclass"
            "   and confrelid in ('orchestrator_build'::regclass, 'orchestrator_run'::regclass)"
        )
        assert cursor.fetchone() == (0,)


def test_the_calls_of_runs_go_when_they_are_old(db: None) -> None:
    for ended_at in (LONG_AGO, Now()):
        Attempt.objects.create(source="alpha", number=1, seconds=0.1, ended_at=ended_at)
    assert retention.forget()["bulk_calls"] == 1
    assert Attempt.objects.count() == 1


def test_a_run_whose_retry_goes_on_keeps_what_that_has_to_ask_for(db: None) -> None:
    old = Run.objects.create(kind="nightly", state="partial", finished_at=LONG_AGO, purpose="", owner="clock")
    retry = Run.objects.create(kind="retry", purpose="", owner="user:1", parent=old)
    assert retention.forget()["forgotten_runs"] == 0
    Run.objects.filter(pk=retry.pk).update(state="complete", finished_at=Now())
    assert retention.forget()["forgotten_runs"] == 1
