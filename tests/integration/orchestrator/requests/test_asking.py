"""Asks and builds: joining, refusing, and what a status tells."""

from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from celery import Celery
from django.db import connection, transaction
from django.db.models.functions import Now
from redis import Redis

from orchestrator import cache, conf, dispatch, dossiers
from orchestrator.batch.work import writing
from orchestrator.errors import InvalidInput, NotFound
from orchestrator.models import Build, Dossier, DossierRequest, Fetch
from orchestrator.upkeep import sweeper
from tests.fakes.people import JOAO, MARIA
from tests.fakes.source import FakeSource
from tests.integration.orchestrator.conftest import run

Ask = Callable[..., DossierRequest]


def test_an_ask_is_queued_with_a_fetch_for_each_source(ask: Ask) -> None:
    current = dossiers.status(ask().pk)
    assert current.state == "queued"
    assert [fetch.source for fetch in current.sources] == ["alpha", "beta", "capa"]
    assert not current.finished


def test_an_ask_during_a_build_joins_it_and_keeps_its_own_purpose(ask: Ask) -> None:
    first, second = ask(), ask()
    assert first.build_id == second.build_id
    third = dossiers.request(cpf=MARIA, purpose="collection", owner="client:x")
    assert dossiers.status(third.request_id).purpose == "collection"
    assert run(first).state == dossiers.status(second.pk).state == "complete"


def test_a_fresh_ask_makes_what_is_not_yet_fetched_go_live(
    ask: Ask, fake_sources: dict[str, FakeSource]
) -> None:
    run(ask())
    joined = ask()
    ask(fresh=True)
    run(joined)
    assert [len(fake.calls) for fake in fake_sources.values()] == [2, 2, 2]


def test_an_ask_after_a_build_begins_a_new_one(ask: Ask) -> None:
    first = ask()
    run(first)
    assert ask().build_id != first.build_id


def test_people_are_told_apart(ask: Ask) -> None:
    assert ask(MARIA).build.dossier_id != ask(JOAO).build.dossier_id


@pytest.mark.parametrize("purpose", ["", "curiosity", "CREDIT_ANALYSIS"])
def test_an_unknown_purpose_is_refused_and_names_the_known_ones(ask: Ask, purpose: str) -> None:
    with pytest.raises(InvalidInput, match="credit_analysis") as caught:
        dossiers.request(cpf=MARIA, purpose=purpose, owner="user:1")
    assert caught.value.field == "purpose"
    assert not DossierRequest.objects.exists()


def test_a_dossier_is_found_by_its_cpf_however_it_is_written(ask: Ask) -> None:
    run(ask())
    assert dossiers.find("529.982.247-25") == dossiers.find(MARIA)
    assert dossiers.find(JOAO) is None


@pytest.mark.django_db
def test_what_does_not_exist_is_not_found() -> None:
    for look in (
        lambda: dossiers.status(uuid4()),
        lambda: dossiers.load(1),
        lambda: dossiers.versions(1),
        lambda: dossiers.diff(1, 1, 2),
    ):
        with pytest.raises(NotFound):
            look()


def test_the_etag_moves_with_the_status_and_only_then(ask: Ask) -> None:
    asked = ask()
    before = dossiers.status_etag(dossiers.status(asked.pk))
    assert dossiers.status_etag(dossiers.status(asked.pk)) == before
    run(asked)
    assert dossiers.status_etag(dossiers.status(asked.pk)) != before


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_still_accepts_and_leaves_the_build_to_the_sweeper(
    fake_sources: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(dispatch, "app", _app(broker_url="redis://127.0.0.1:9/0"))
        dossiers.request(cpf=MARIA, purpose="credit_analysis", owner="user:1")
    sent: list[int] = []

    def note(build_id: int, fetch_ids: list[int]) -> bool:
        sent.append(build_id)
        return True

    monkeypatch.setattr(dispatch, "send_build", note)
    sweeper.sweep()
    assert sent == [Build.objects.get().pk]


@pytest.mark.django_db(transaction=True)
def test_messages_hold_ids_alone_and_nothing_is_stored_of_their_results(
    fake_sources: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_queues = cache.redis().connection_pool.connection_kwargs["db"] + 1
    broker = conf.redis_url().rsplit("/", 1)[0] + f"/{other_queues}"
    monkeypatch.setattr(dispatch, "app", _app(broker_url=broker))
    redis = Redis.from_url(broker)
    redis.flushdb()
    dossiers.request(cpf=MARIA, purpose="credit_analysis", owner="user:1")
    sent: list[Any] = [orjson.loads(message) for message in redis.lrange("interactive", 0, -1)]  # type: ignore[union-attr]
    fetch_ids = set(Fetch.objects.values_list("pk", flat=True))
    assert {orjson.loads(b64decode(message["body"]))[0][0] for message in sent} == fetch_ids
    assert {message["headers"]["ignore_result"] for message in sent} == {True}
    redis.flushdb()


def _app(broker_url: str) -> Celery:
    app = Celery("elsewhere", set_as_current=False)
    app.config_from_object("celeryconfig")
    app.conf.update(broker_url=broker_url, result_backend=broker_url)
    return app


def test_who_joins_late_has_the_whole_time_but_no_build_lasts_longer_than_two(ask: Ask) -> None:
    whole = timedelta(seconds=conf.DEADLINE_SECONDS)
    build = ask().build
    Build.objects.update(started_at=Now() - whole, deadline_at=Now() + timedelta(seconds=1))
    ask()
    build.refresh_from_db()
    assert build.started_at
    assert build.deadline_at - build.started_at > whole * 1.9
    Build.objects.update(started_at=Now() - 2 * whole, deadline_at=Now() + timedelta(seconds=1))
    ask()
    build.refresh_from_db()
    assert build.started_at
    assert build.deadline_at - build.started_at < whole * 2 + timedelta(seconds=2)


@pytest.mark.django_db(transaction=True)
def test_fifty_asks_at_the_same_moment_make_one_build(fake_sources: object, sent: list[int]) -> None:
    def ask_once(_: int) -> object:
        try:
            return dossiers.request(cpf=MARIA, purpose="credit_analysis", owner="user:1").request_id
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(ask_once, range(50)))
    assert len(set(ids)) == 50
    assert (Dossier.objects.count(), Build.objects.count(), len(sent)) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_an_ask_does_not_wait_for_a_run_that_is_saving_the_dossier(
    fake_sources: object, sent: list[int]
) -> None:
    dossier_id = dossiers.request(cpf=MARIA, purpose="collection", owner="user:1").dossier_id
    Build.objects.update(state="complete", finished_at=Now())

    def ask_meanwhile() -> object:
        try:
            return dossiers.request(cpf=MARIA, purpose="collection", owner="user:1").dossier_id
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        writing.locked([dossier_id])
        assert pool.submit(ask_meanwhile).result(timeout=10) == dossier_id
