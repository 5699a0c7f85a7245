"""What the queue lost is sent again, finished, or ended at its deadline."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from orchestrator import build, dossiers, sweeper
from orchestrator.models import Build, DossierRequest, Fetch
from tests.fakes.source import FakeSource, status
from tests.integration.orchestrator.conftest import run, states

Ask = Callable[..., DossierRequest]


@pytest.fixture(autouse=True)
def _let_go(db: None) -> Iterator[None]:
    """The sweeper's lock belongs to the session: the next test must find it free."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_unlock_all()")


def age(seconds: float = 60) -> None:
    """All that was sent or leased was so long ago."""
    Build.objects.update(sent_at=Now() - timedelta(seconds=seconds))
    Fetch.objects.exclude(lease_until=None).update(lease_until=Now() - timedelta(seconds=seconds))


def test_a_build_that_was_never_sent_is_sent(ask: Ask, sent: list[int]) -> None:
    asked = ask()
    Build.objects.update(sent_at=None)
    sweeper.sweep()
    assert sent == [asked.build_id]
    assert Build.objects.get().sent_at is not None


def test_what_was_just_sent_is_left_alone(ask: Ask, sent: list[int]) -> None:
    ask()
    sweeper.sweep()
    assert sent == []


def test_a_fetch_with_an_expired_lease_is_sent_again_and_done(ask: Ask, sent: list[int]) -> None:
    asked = ask()
    asked.build.fetches.update(
        state="fetching",
        lease_until=Now() + timedelta(seconds=9),
        lease_token="12345678123456781234567812345678",
    )
    Build.objects.update(sent_at=Now() - timedelta(seconds=60))
    sweeper.sweep()
    assert sent == [], "the leases still hold"
    age()
    sweeper.sweep()
    assert sent == [asked.build_id]
    assert run(asked).state == "complete"


def test_a_fetch_that_waits_for_its_time_is_not_sent_before(ask: Ask, sent: list[int]) -> None:
    asked = ask()
    asked.build.fetches.update(state="waiting_retry", next_attempt_at=Now() + timedelta(seconds=9))
    age()
    sweeper.sweep()
    assert sent == []


def test_a_build_that_lacks_only_its_end_is_finished(ask: Ask) -> None:
    asked = ask()
    for fetch in asked.build.fetches.all():
        build.fetch(fetch.pk)
    sweeper.sweep()
    assert dossiers.status(asked.pk).state == "complete"


def test_at_its_deadline_a_build_ends_with_what_it_has(ask: Ask) -> None:
    asked = ask()
    build.fetch(asked.build.fetches.get(source="alpha").pk)
    Build.objects.update(deadline_at=Now() - timedelta(seconds=1))
    sweeper.sweep()
    ended = dossiers.status(asked.pk)
    assert ended.state == "partial"
    assert states(ended) == {"alpha": "ok", "beta": "failed", "capa": "failed"}
    assert {fetch.error_code for fetch in ended.sources} == {None, "deadline"}


def test_at_its_deadline_what_stood_is_carried(ask: Ask, fake_sources: dict[str, FakeSource]) -> None:
    run(ask())
    asked = ask(fresh=True)
    Build.objects.filter(pk=asked.build_id).update(deadline_at=Now() - timedelta(seconds=1))
    sweeper.sweep()
    ended = dossiers.status(asked.pk)
    assert (ended.state, ended.snapshot_version) == ("failed", 1)
    assert set(states(ended).values()) == {"stale"}


def test_a_result_that_comes_after_the_deadline_is_ignored(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask()
    alpha = asked.build.fetches.get(source="alpha")
    call = build._call

    def too_late(*claim: Any) -> float | None:
        Build.objects.update(deadline_at=Now() - timedelta(seconds=1))
        sweeper.sweep()
        return call(*claim)

    monkeypatch.setattr(build, "_call", too_late)
    build.fetch(alpha.pk)
    alpha.refresh_from_db()
    assert (alpha.state, alpha.error_code, alpha.payload_sealed) == ("failed", "deadline", None)


def test_a_broker_that_is_away_stops_the_sending_and_not_the_ending(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator import dispatch

    asked, other = ask(), ask("11144477735")
    Build.objects.filter(pk=asked.build_id).update(sent_at=None)
    Build.objects.filter(pk=other.build_id).update(deadline_at=Now() - timedelta(seconds=1))
    monkeypatch.setattr(dispatch, "send_build", lambda *_: False)
    sweeper.sweep()
    assert Build.objects.get(pk=asked.build_id).sent_at is None
    assert dossiers.status(other.pk).state == "failed"


@pytest.mark.django_db
def test_only_one_sweeper_works_at_a_time() -> None:
    other = connection.copy()
    try:
        assert sweeper.sweep()
        with other.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [sweeper._LOCK])
            assert cursor.fetchone() == (False,)
        assert sweeper.sweep(), "it keeps its own lock"
    finally:
        other.close()


def test_a_retry_after_that_is_long_is_the_sweepers(ask: Ask, fake_sources: dict[str, FakeSource]) -> None:
    fake_sources["alpha"].script.append(status(429, Retry_After="15"))
    alpha = ask().build.fetches.get(source="alpha")
    assert build.fetch(alpha.pk) is None, "no message waits that long"
    alpha.refresh_from_db()
    assert alpha.state == "waiting_retry"
    assert alpha.next_attempt_at is not None
