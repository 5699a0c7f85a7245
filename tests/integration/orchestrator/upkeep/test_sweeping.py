"""What the queue lost is sent again, finished, or ended at its deadline."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from orchestrator import dossiers
from orchestrator.models import Build, Dossier, DossierRequest, Fetch
from orchestrator.requests import building, endings, leases
from orchestrator.upkeep import sweeper
from tests.fakes.people import JOAO, MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.orchestrator.conftest import AmidCall, run, states

Ask = Callable[..., DossierRequest]


def age(seconds: float = 60) -> None:
    """All that was accepted, sent or leased was so long ago."""
    long_ago = Now() - timedelta(seconds=seconds)
    Build.objects.update(sent_at=long_ago, started_at=long_ago, created_at=long_ago)
    Fetch.objects.exclude(lease_until=None).update(lease_until=Now() - timedelta(seconds=seconds))


def test_a_build_that_nobody_picked_up_is_sent_again(ask: Ask, sent: list[int]) -> None:
    asked = ask()
    sent.clear()
    age()
    Build.objects.update(sent_at=None)
    sweeper.sweep()
    assert sent == [asked.build_id]
    assert Build.objects.get().sent_at is not None


def test_what_was_just_sent_is_left_alone(ask: Ask, sent: list[int]) -> None:
    asked = ask()
    sweeper.sweep()
    assert sent == [asked.build_id]


def test_a_fetch_that_waits_for_its_time_is_not_sent_before(ask: Ask, sent: list[int]) -> None:
    asked = ask()
    asked.build.fetches.update(state="waiting_retry", next_attempt_at=Now() + timedelta(seconds=9))
    age()
    sweeper.sweep()
    assert sent == [asked.build_id]


def test_a_build_that_lacks_only_its_end_is_finished(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask()
    with monkeypatch.context() as died_before_the_end:
        died_before_the_end.setattr(building, "finish", lambda _: None)
        for fetch in asked.build.fetches.all():
            building.fetch(fetch.pk)
    assert dossiers.status(asked.pk).state == "running"
    sweeper.sweep()
    assert dossiers.status(asked.pk).state == "complete"


def test_at_its_deadline_a_build_ends_with_what_it_has(ask: Ask) -> None:
    asked = ask()
    building.fetch(asked.build.fetches.get(source="alpha").pk)
    Build.objects.update(deadline_at=Now() - timedelta(seconds=1))
    sweeper.end_overdue()
    ended = dossiers.status(asked.pk)
    assert ended.state == "partial"
    assert states(ended) == {"alpha": "ok", "beta": "failed", "capa": "failed"}
    assert {fetch.error_code for fetch in ended.sources} == {None, "deadline"}


def test_at_its_deadline_what_stood_is_carried(ask: Ask, fake_sources: dict[str, FakeSource]) -> None:
    run(ask())
    asked = ask(fresh=True)
    Build.objects.filter(pk=asked.build_id).update(deadline_at=Now() - timedelta(seconds=1))
    sweeper.end_overdue()
    ended = dossiers.status(asked.pk)
    assert (ended.state, ended.snapshot_version) == ("failed", 1)
    assert set(states(ended).values()) == {"stale"}


def test_a_result_that_comes_after_the_deadline_is_ignored(ask: Ask, amid_call: AmidCall) -> None:
    asked = ask()
    alpha = asked.build.fetches.get(source="alpha")

    def pass_the_deadline() -> None:
        Build.objects.update(deadline_at=Now() - timedelta(seconds=1))
        sweeper.end_overdue()

    amid_call(pass_the_deadline)
    building.fetch(alpha.pk)
    alpha.refresh_from_db()
    assert (alpha.state, alpha.error_code, alpha.payload_sealed) == ("failed", "deadline", None)


def test_a_broker_that_is_away_stops_the_sending_and_not_the_ending(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator import dispatch

    asked, other = ask(), ask("11144477735")
    age()
    Build.objects.filter(pk=asked.build_id).update(sent_at=None)
    Build.objects.filter(pk=other.build_id).update(deadline_at=Now() - timedelta(seconds=1))
    monkeypatch.setattr(dispatch, "send_build", lambda *_: False)
    sweeper.sweep()
    sweeper.end_overdue()
    assert Build.objects.get(pk=asked.build_id).sent_at is None
    assert dossiers.status(other.pk).state == "failed"


def test_a_second_sweeper_waits_its_turn(ask: Ask, sent: list[int]) -> None:
    ask()
    sent.clear()
    age()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [sweeper._LOCK])
            assert not sweeper.sweep()
            assert sent == []
            cursor.execute("select pg_advisory_unlock(%s)", [sweeper._LOCK])
            assert sweeper.sweep()
            assert len(sent) == 1
            cursor.execute("select pg_try_advisory_lock(%s)", [sweeper._LOCK])
            assert cursor.fetchone() == (True,), "the lock is let go of after each round"
    finally:
        other.close()


def test_one_build_that_cannot_be_handled_does_not_stop_the_others(ask: Ask) -> None:
    poisoned, innocent = ask(), ask("11144477735")
    for asked in (poisoned, innocent):
        for fetch in asked.build.fetches.all()[:1]:
            building.fetch(fetch.pk)
    Dossier.objects.filter(pk=poisoned.build.dossier_id).update(data_key=b"destroyed")
    Build.objects.update(deadline_at=Now() - timedelta(seconds=1))
    sweeper.end_overdue()
    assert dossiers.status(poisoned.pk).state == "failed"
    assert dossiers.status(innocent.pk).state == "partial"


def test_a_retry_after_that_is_long_is_the_sweepers(ask: Ask, fake_sources: dict[str, FakeSource]) -> None:
    fake_sources["alpha"].script.append(status(429, Retry_After="15"))
    alpha = ask().build.fetches.get(source="alpha")
    assert building.fetch(alpha.pk) is None, "no message waits that long"
    alpha.refresh_from_db()
    assert alpha.state == "waiting_retry"
    assert alpha.next_attempt_at is not None


def test_a_build_whose_end_kills_the_sweeper_does_so_three_times_and_fails(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadly, innocent = ask(), ask("11144477735")
    for asked in (deadly, innocent):
        with monkeypatch.context() as died_before_the_end:
            died_before_the_end.setattr(building, "finish", lambda _: None)
            for fetch in asked.build.fetches.all():
                building.fetch(fetch.pk)
    finish, deaths = building.finish, []

    def die(build_id: int) -> None:
        if build_id == deadly.build_id:
            deaths.append(build_id)
            raise SystemExit  # as good as a kill: nothing below catches it
        finish(build_id)

    monkeypatch.setattr(building, "finish", die)
    for _ in range(3):
        with pytest.raises(SystemExit):
            sweeper.sweep()
    sweeper.sweep()
    assert len(deaths) == 3
    assert dossiers.status(deadly.pk).state == "failed"
    assert dossiers.status(innocent.pk).state == "complete"


def test_an_end_that_raises_is_tried_again_until_the_deadline(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask()
    with monkeypatch.context() as broken:
        broken.setattr(building, "finish", lambda _: 1 / 0)
        for fetch in asked.build.fetches.all():
            with suppress(ZeroDivisionError):
                building.fetch(fetch.pk)
        for _ in range(5):
            sweeper.sweep()
    assert dossiers.status(asked.pk).state == "running", "another process may be able to"
    sweeper.sweep()
    assert dossiers.status(asked.pk).state == "complete"


def test_a_build_that_fails_leaves_nothing_open(ask: Ask) -> None:
    asked = ask()
    assert leases.claim(asked.build.fetches.get(source="alpha").pk)
    endings.fail(asked.build_id)
    assert dossiers.status(asked.pk).state == "failed"
    assert set(asked.build.fetches.values_list("state", "error_code", "lease_token")) == {
        ("failed", "deadline", None)
    }


def test_an_ask_that_joins_as_the_deadline_is_acted_on_keeps_its_time(ask: Ask) -> None:
    asked = ask()
    endings.give_up(asked.build_id)  # listed as overdue, and extended before it was locked
    assert dossiers.status(asked.pk).state == "queued"


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_somebody_frozen_holds_does_not_hold_up_the_others(
    fake_sources: object, sent: list[int]
) -> None:
    held, other = (dossiers.request(cpf=cpf, purpose="collection", owner="user:1") for cpf in (MARIA, JOAO))
    Build.objects.update(deadline_at=Now() - timedelta(seconds=1))
    frozen = connection.copy()
    try:
        frozen.set_autocommit(False)
        with frozen.cursor() as cursor:
            cursor.execute(
                "select 1 from orchestrator_build where dossier_id = %s for update", [held.dossier_id]
            )
            sweeper.end_overdue()
        assert dossiers.status(other.request_id).state == "failed"
        assert not dossiers.status(held.request_id).finished
        frozen.rollback()
        sweeper.end_overdue()
        assert dossiers.status(held.request_id).state == "failed"
    finally:
        frozen.close()


@pytest.mark.django_db
def test_no_session_may_hold_locks_for_long_while_it_does_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("show idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("20s",)


@pytest.mark.django_db(transaction=True)
def test_a_dossier_that_somebody_holds_for_long_does_not_cost_what_was_fetched(
    fake_sources: object, sent: list[int]
) -> None:
    """Such as a run that saves a thousand of them: nobody has died of the build."""
    asked = dossiers.request(cpf=MARIA, purpose="collection", owner="user:1")
    for fetch in Fetch.objects.exclude(source="capa"):
        building.fetch(fetch.pk)
    Build.objects.update(deadline_at=Now() - timedelta(seconds=1))
    holder = connection.copy()
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute("select 1 from orchestrator_dossier for no key update")
            for _ in range(6):
                sweeper.end_overdue()
        holder.rollback()
        sweeper.end_overdue()
    finally:
        holder.close()
    assert dossiers.status(asked.request_id).state == "partial"


@pytest.mark.django_db
def test_the_server_notices_soon_that_a_host_is_lost() -> None:
    """Else it would keep the advisory locks of its sessions for two hours."""
    with connection.cursor() as cursor:
        cursor.execute("select reset_val from pg_settings where name = 'tcp_keepalives_idle'")
        assert cursor.fetchone() == ("10",)
