"""Asking again for what failed only, and taking an ask back."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from orchestrator import dossiers
from orchestrator.errors import NotFound, NothingToRetry
from orchestrator.models import Build, DossierRequest, Fetch, Snapshot
from orchestrator.records.requests import RequestStatus
from orchestrator.requests import building, leases
from orchestrator.upkeep import sweeper
from tests.fakes import people
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.orchestrator.conftest import AmidCall, run, states
from tests.stack import eventually

Ask = Callable[..., DossierRequest]
Fakes = dict[str, FakeSource]


def retry(request_id: Any) -> RequestStatus:
    """Asks again, and runs it as a worker would."""
    accepted = dossiers.retry(request_id, owner="user:2")
    return run(DossierRequest.objects.get(pk=accepted.request_id))


def calls(fakes: Fakes) -> list[int]:
    """How often each source was asked."""
    return [len(fake.calls) for fake in fakes.values()]


def test_only_what_failed_is_asked_again_and_the_rest_is_kept(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources["capa"].always = status(403)
    partial = run(ask(fresh=True))
    assert (partial.state, calls(fake_sources)) == ("partial", [1, 1, 1])
    fake_sources["capa"].always = None
    ended = retry(partial.request_id)
    assert (ended.state, ended.outcome, ended.snapshot_version) == ("complete", "new_version", 2)
    assert calls(fake_sources) == [1, 1, 2]
    assert states(ended) == {"alpha": "ok", "beta": "ok", "capa": "ok"}
    view = dossiers.load(ended.dossier_id)
    assert view.completeness == "complete"
    assert view.blocks["alpha"] == dossiers.load(ended.dossier_id, 1).blocks["alpha"]
    assert view.provenance["alpha"].fetched_at == partial.sources[0].fetched_at


def test_a_retry_that_fails_again_changes_nothing(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources["capa"].always = status(403)
    partial = run(ask())
    ended = retry(partial.request_id)
    assert (ended.state, ended.outcome) == ("partial", "unchanged")
    assert Snapshot.objects.count() == 1


def test_of_a_request_that_failed_altogether_every_source_is_asked(ask: Ask, fake_sources: Fakes) -> None:
    run(ask())
    for fake in fake_sources.values():
        fake.always = status(403)
    failed = run(ask(fresh=True))
    for fake in fake_sources.values():
        fake.always = None
    assert retry(failed.request_id).state == "complete"
    assert calls(fake_sources) == [3, 3, 3]


def test_a_retry_keeps_the_purpose_and_has_an_owner_of_its_own(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources["capa"].always = status(403)
    partial = run(ask())
    accepted = dossiers.retry(partial.request_id, owner="user:2")
    new = DossierRequest.objects.get(pk=accepted.request_id)
    assert (new.purpose, new.owner) == ("credit_analysis", "user:2")


def test_a_retry_while_another_build_is_being_finished_waits_for_it_and_both_end(
    transactional_db: None, ask: Ask, fake_sources: Fakes
) -> None:
    fake_sources["capa"].always = status(403)
    partial = run(ask())
    finishing = ask(fresh=True)
    retried: list[Any] = []

    def retry_meanwhile(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Amid the finish, which holds the build's lock and takes the dossier's next, somebody asks again."""
        if not retried and 'FROM "orchestrator_dossier"' in sql and "FOR NO KEY UPDATE" in sql:
            other = ThreadPoolExecutor(1)
            retried.append(other.submit(ask_again, partial.request_id))
            eventually(blocked, seconds=10)
        return execute(sql, *rest)

    with connection.execute_wrapper(retry_meanwhile):
        assert run(finishing).state == "partial"
    assert retried[0].result(timeout=10).dossier_id == partial.dossier_id


def ask_again(request_id: Any) -> Any:
    """A retry in a session of its own."""
    try:
        return dossiers.retry(request_id, owner="user:2")
    finally:
        connection.close()


def blocked() -> bool:
    """Whether some session of this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists(select from pg_locks where not granted and pid <> pg_backend_pid()"
            " and pid in (select pid from pg_stat_activity where datname = current_database()))"
        )
        return bool(cursor.fetchone()[0])


def test_where_nothing_failed_there_is_nothing_to_retry(ask: Ask) -> None:
    complete = run(ask())
    with pytest.raises(NothingToRetry):
        dossiers.retry(complete.request_id, owner="user:1")


def test_a_cancelled_ask_ends_at_once_and_so_does_its_build(ask: Ask) -> None:
    asked = ask()
    dossiers.cancel(asked.pk, owner="user:1")
    ended = dossiers.status(asked.pk)
    assert (ended.state, ended.outcome, ended.finished) == ("cancelled", None, True)
    assert Build.objects.get(pk=asked.build_id).state == "cancelled"


def test_nobody_cancels_the_ask_of_somebody_else(ask: Ask) -> None:
    asked = ask()
    with pytest.raises(NotFound):
        dossiers.cancel(asked.pk, owner="user:2")
    assert dossiers.status(asked.pk).state == "queued"


def test_a_cancelled_build_is_neither_fetched_nor_sent_nor_finished(
    ask: Ask, fake_sources: Fakes, sent: list[int]
) -> None:
    asked = ask()
    sent.clear()
    dossiers.cancel(asked.pk, owner="user:1")
    sweeper.sweep()
    assert run(asked).state == "cancelled"
    assert calls(fake_sources) == [0, 0, 0]
    assert sent == []
    assert not Snapshot.objects.exists()


def test_a_result_that_comes_after_the_cancel_is_ignored(ask: Ask, amid_call: AmidCall) -> None:
    asked = ask()
    amid_call(lambda: dossiers.cancel(asked.pk, owner="user:1"))
    run(asked)
    assert dossiers.status(asked.pk).state == "cancelled"
    assert not asked.build.fetches.exclude(payload_sealed=None).exists()
    assert not Snapshot.objects.exists()


def test_a_cancelled_build_leaves_nothing_open_and_nothing_sealed(ask: Ask) -> None:
    asked = ask()
    building.fetch(asked.build.fetches.get(source="alpha").pk)
    assert leases.claim(asked.build.fetches.get(source="beta").pk)
    dossiers.cancel(asked.pk, owner="user:1")
    assert set(asked.build.fetches.values_list("source", "state", "error_code")) == {
        ("alpha", "ok", ""),
        ("beta", "failed", ""),
        ("capa", "failed", ""),
    }
    assert not asked.build.fetches.exclude(payload_sealed=None, lease_token=None).exists()


def meanwhile(work: Callable[[], Any]) -> "Future[Any]":
    """The work in a session of its own, which by now waits for what this one has locked."""

    def apart() -> Any:
        try:
            return work()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    begun = pool.submit(apart)
    pool.shutdown(wait=False)
    eventually(blocked, seconds=10)
    return begun


def test_a_claim_that_meets_a_cancel_finds_the_fetch_ended(
    transactional_db: None, ask: Ask, fake_sources: Fakes
) -> None:
    asked = ask()
    alpha = asked.build.fetches.get(source="alpha")
    with transaction.atomic():  # cancelled, and not yet committed: the claim sees a build under way
        dossiers.cancel(asked.pk, owner="user:1")
        claimed = meanwhile(lambda: leases.claim(alpha.pk))
    assert claimed.result(timeout=10) is None
    alpha.refresh_from_db()
    assert (alpha.state, alpha.attempts, alpha.lease_token) == ("failed", 0, None)


def test_a_result_that_meets_a_cancel_leaves_no_payload(
    transactional_db: None, ask: Ask, fake_sources: Fakes
) -> None:
    asked = ask()
    alpha = asked.build.fetches.get(source="alpha")
    claim = leases.claim(alpha.pk)
    assert claim
    with transaction.atomic():
        dossiers.cancel(asked.pk, owner="user:1")
        outcome = leases.Outcome(state=Fetch.State.OK, origin="live", payload=b"sealed")
        settled = meanwhile(lambda: leases.settle(claim, outcome, leases.FetchCall(seconds=0.1)))
    assert not settled.result(timeout=10).ours
    alpha.refresh_from_db()
    assert (alpha.state, alpha.payload_sealed) == ("failed", None)


def test_the_build_goes_on_while_another_ask_waits_for_it(ask: Ask) -> None:
    mine, other = ask(), ask()
    dossiers.cancel(mine.pk, owner="user:1")
    assert run(other).state == "complete"
    assert dossiers.status(mine.pk).state == "cancelled"


def test_an_ask_after_a_cancel_begins_anew(ask: Ask) -> None:
    cancelled = ask()
    dossiers.cancel(cancelled.pk, owner="user:1")
    again = ask()
    assert again.build_id != cancelled.build_id
    assert run(again).state == "complete"


def test_a_cancelled_ask_can_be_asked_again(ask: Ask) -> None:
    cancelled = ask()
    dossiers.cancel(cancelled.pk, owner="user:1")
    assert retry(cancelled.pk).state == "complete"


def test_cancelling_what_has_ended_does_nothing(ask: Ask) -> None:
    ended = run(ask())
    dossiers.cancel(ended.request_id, owner="user:1")
    assert dossiers.status(ended.request_id).state == "complete"


def test_cancelling_twice_does_nothing_more(ask: Ask) -> None:
    asked = ask(people.JOAO)
    dossiers.cancel(asked.pk, owner="user:1")
    before = dossiers.status(asked.pk)
    dossiers.cancel(asked.pk, owner="user:1")
    assert dossiers.status(asked.pk) == before


@pytest.mark.django_db
def test_what_does_not_exist_can_neither_be_cancelled_nor_retried() -> None:
    with pytest.raises(NotFound):
        dossiers.cancel(uuid4(), owner="user:1")
    with pytest.raises(NotFound):
        dossiers.retry(uuid4(), owner="user:1")


def test_a_kept_block_is_sealed_for_its_new_place(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources["capa"].always = status(403)
    partial = run(ask())
    dossiers.retry(partial.request_id, owner="user:1")
    kept = Build.objects.get(finished_at=None).fetches.exclude(payload_sealed=None)
    assert set(kept.values_list("source", flat=True)) == {"alpha", "beta"}
    for row in kept:
        assert MARIA.encode() not in bytes(row.payload_sealed or b"")
