"""Whose turn it is: what is accepted waits in PostgreSQL, and nobody starves behind somebody's flood."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from orchestrator import conf, dispatch, dossiers
from orchestrator.clients import gates
from orchestrator.errors import Busy
from orchestrator.models import Build, DossierRequest, Fetch
from orchestrator.requests import building, turns
from orchestrator.upkeep import sweeper
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, status
from tests.faults.load import people
from tests.integration.orchestrator.conftest import run, states

Ask = Callable[..., DossierRequest]
CPFS = people(seed=10)
A, B, C, ANALYST = "client:a", "client:b", "client:c", "user:1"


@pytest.fixture(autouse=True)
def _places_for_one_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "FETCHES_AT_ONCE", 5)  # the next is sent when one of three fetches has ended


@pytest.fixture
def under_way(ask: Ask) -> DossierRequest:
    """A build that takes all the places there are."""
    return ask(MARIA, owner="client:earlier")


def queue(ask: Ask, *owners: str) -> dict[int, str]:
    """Asks for another person each; gives the owners by build, in the order in which they asked."""
    return {ask(cpf, owner=owner).build_id: owner for cpf, owner in zip(CPFS, owners, strict=False)}


def served(first: DossierRequest, sent: list[int]) -> list[int]:
    """Works off one build after the other, as they are sent; gives those that were sent after the first."""
    sent[:] = [first.build_id]
    for build_id in sent:  # grows while it is walked
        for fetch in Fetch.objects.filter(build=build_id).order_by("pk"):
            building.fetch(fetch.pk)
    return sent[1:]


def test_an_ask_that_finds_room_is_sent_at_once(ask: Ask, sent: list[int]) -> None:
    asked = ask()
    assert sent == [asked.build_id]
    assert dossiers.status(asked.pk).waiting is None


def test_what_finds_no_room_is_sent_when_a_part_of_the_work_has_ended(
    ask: Ask, under_way: DossierRequest, sent: list[int]
) -> None:
    asked = ask(CPFS[0])
    assert sent == [under_way.build_id]
    building.fetch(under_way.build.fetches.get(source="alpha").pk)
    assert sent == [under_way.build_id, asked.build_id]


def test_people_come_before_machines(ask: Ask, under_way: DossierRequest, sent: list[int]) -> None:
    owners = queue(ask, A, A, ANALYST, "terminal", "user:2")
    assert [owners[each] for each in served(under_way, sent)] == [ANALYST, "user:2", "terminal", A, A]


def test_turns_go_round_the_owners_and_each_owner_s_oldest_comes_first(
    ask: Ask, under_way: DossierRequest, sent: list[int]
) -> None:
    owners = queue(ask, A, A, A, A, C, B, B)
    order = served(under_way, sent)
    assert [owners[each] for each in order] == [A, B, C, A, B, A, A]
    assert [each for each in order if owners[each] == A] == [each for each in owners if owners[each] == A]


def test_turns_go_round_the_owners_also_where_nothing_else_is_under_way(
    ask: Ask, under_way: DossierRequest, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "FETCHES_AT_ONCE", 3)  # the next is sent when all three have ended
    owners = queue(ask, A, A, A, B)
    assert [owners[each] for each in served(under_way, sent)][:3].count(B) == 1


def test_an_analyst_who_joins_what_a_machine_asked_for_gives_it_their_turn(
    ask: Ask, under_way: DossierRequest, sent: list[int]
) -> None:
    *_, last = queue(ask, A, A, A)
    joined = ask(CPFS[2], owner=ANALYST)
    assert joined.build_id == last
    assert served(under_way, sent)[0] == last


def test_another_machine_that_joins_is_not_held_up_by_the_queue_of_who_came_first(
    ask: Ask, under_way: DossierRequest, sent: list[int]
) -> None:
    *_, last = queue(ask, A, A, A, A)
    ask(CPFS[3], owner=B)
    assert served(under_way, sent)[1] == last


def test_who_joins_from_a_longer_queue_holds_up_nobody(
    ask: Ask, under_way: DossierRequest, sent: list[int]
) -> None:
    *_, asked = queue(ask, A, A, A, B)
    ask(CPFS[3], owner=A)
    assert Build.objects.get(pk=asked).owner == B


def test_what_our_own_limit_keeps_back_takes_the_places_of_a_build(
    ask: Ask, under_way: DossierRequest, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_BETA_AT_ONCE", "1")
    asked = ask(CPFS[0])
    run(under_way)
    ask(CPFS[1], owner=B)
    with gates.passing("beta"):  # somebody else's call is the one that may be under way
        for source in ("beta", "alpha", "capa"):
            building.fetch(asked.build.fetches.get(source=source).pk)
    kept_back = asked.build.fetches.get(source="beta")
    assert (kept_back.state, kept_back.attempts) == ("pending", 0)
    assert sent == [under_way.build_id, asked.build_id]
    asked.build.fetches.update(next_attempt_at=None)
    building.fetch(kept_back.pk)
    assert len(sent) == 3


def test_what_waits_for_a_source_s_next_try_takes_no_place(
    ask: Ask, under_way: DossierRequest, sent: list[int], fake_sources: dict[str, FakeSource]
) -> None:
    for fake in fake_sources.values():
        fake.always = status(503)
    waiting = ask(CPFS[0])
    building.fetch(under_way.build.fetches.get(source="alpha").pk)
    assert sent == [under_way.build_id, waiting.build_id]


def test_what_lost_its_worker_takes_no_place(ask: Ask, under_way: DossierRequest, sent: list[int]) -> None:
    waiting = ask(CPFS[0])
    under_way.build.fetches.update(state="fetching", lease_until=Now() - timedelta(seconds=1))
    turns.send_next()
    assert sent == [under_way.build_id, waiting.build_id]


def test_a_cancel_makes_room(
    ask: Ask,
    under_way: DossierRequest,
    sent: list[int],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    waiting = ask(CPFS[0])
    with django_capture_on_commit_callbacks(execute=True):
        dossiers.cancel(under_way.pk, owner="client:earlier")
    assert sent == [under_way.build_id, waiting.build_id]


def test_the_sweeper_sends_what_nobody_else_did(ask: Ask, under_way: DossierRequest, sent: list[int]) -> None:
    waiting = ask(CPFS[0])
    under_way.build.fetches.update(state="ok")
    sweeper.sweep()
    assert sent == [under_way.build_id, waiting.build_id]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_look_for_room_at_the_same_moment_one_finds_it(
    fake_sources: object, sent: list[int]
) -> None:
    def ask_once(cpf: str) -> None:
        try:
            dossiers.request(cpf=cpf, purpose="collection", owner=A)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask_once, CPFS))
    assert len(sent) == 1
    assert Build.objects.filter(started_at=None).count() == len(CPFS) - 1


@pytest.mark.django_db(transaction=True)
def test_what_was_passed_over_because_somebody_joined_is_sent_by_who_joined(
    fake_sources: object, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> int:
        try:
            return turns.send_next()
        finally:
            connection.close()

    with monkeypatch.context() as away:
        away.setattr(dispatch, "send_build", lambda *_: False)
        dossiers.request(cpf=MARIA, purpose="collection", owner=A)
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        dossiers.request(cpf=MARIA, purpose="collection", owner=B)
        assert pool.submit(look).result(timeout=10) == 0
    assert sent == [Build.objects.get().pk]


def test_a_deadline_begins_when_the_build_is_sent(ask: Ask, under_way: DossierRequest) -> None:
    waiting = ask(CPFS[0])
    Build.objects.filter(pk=waiting.build_id).update(created_at=Now() - timedelta(seconds=100))
    under_way.build.fetches.update(state="ok")
    turns.send_next()
    started = Build.objects.get(pk=waiting.build_id)
    assert started.started_at is not None
    assert (started.deadline_at - started.started_at).total_seconds() == pytest.approx(
        conf.DEADLINE_SECONDS, abs=0.1
    )


def test_a_status_tells_what_a_request_waits_for(ask: Ask, under_way: DossierRequest) -> None:
    queue(ask, A, A, A, ANALYST)
    asked = ask(CPFS[4], owner=B)
    told = dossiers.status(asked.pk)
    assert told.state == "queued"
    assert told.waiting is not None
    assert told.waiting.ahead == 2, "the analyst's, and one of A's"
    assert told.waiting.expected_seconds == 2, "nothing ended lately: then a burst takes a minute"
    assert (told.waiting.until - told.requested_at).total_seconds() == pytest.approx(120, abs=1)
    assert (told.deadline_at - told.requested_at).total_seconds() == pytest.approx(150, abs=1)


def test_what_has_waited_too_long_ends_as_failed_and_what_stood_stands(ask: Ask, sent: list[int]) -> None:
    run(ask(MARIA))
    ask(CPFS[0], owner=A)
    waiting = ask(MARIA, owner=A)
    Build.objects.filter(started_at=None).update(deadline_at=Now() + timedelta(seconds=29))
    sweeper.end_overdue()
    ended = dossiers.status(waiting.pk)
    assert (ended.state, ended.outcome, ended.snapshot_version) == ("failed", None, 1)
    assert set(states(ended).values()) == {"stale"}
    assert {fetch.error_code for fetch in ended.sources} == {"deadline"}


def test_what_asks_again_for_what_failed_and_waits_too_long_keeps_nothing_open(
    ask: Ask, fake_sources: dict[str, FakeSource]
) -> None:
    fake_sources["capa"].always = status(403)
    partial = run(ask(MARIA))
    under_way = ask(CPFS[0], owner=A)
    again = dossiers.retry(partial.request_id, owner=A)
    Build.objects.exclude(pk=under_way.build_id).filter(finished_at=None).update(
        deadline_at=Now() + timedelta(seconds=29)
    )
    sweeper.end_overdue()
    ended = dossiers.status(again.request_id)
    assert (ended.state, ended.snapshot_version) == ("failed", 1)
    assert states(ended) == {"alpha": "stale", "beta": "stale", "capa": "failed"}
    assert not Fetch.objects.exclude(payload_sealed=None).exists()


def test_without_a_broker_what_is_accepted_waits_and_its_deadline_does_not_begin(
    ask: Ask, sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(dispatch, "send_build", lambda *_: False)
        asked = ask()
    assert asked.build.started_at is None
    assert dossiers.status(asked.pk).waiting is not None
    sweeper.sweep()
    assert sent == [asked.build_id]


class TestRefusing:
    """More is refused than can be worked off soon."""

    @pytest.fixture(autouse=True)
    def _a_burst_is_three(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(conf, "WAITING_BURST", 3)

    def test_a_burst_is_taken_and_what_goes_beyond_it_is_put_off(
        self, ask: Ask, under_way: DossierRequest
    ) -> None:
        queue(ask, A, A, A)
        ask(CPFS[3], owner=A)  # just within a minute
        with pytest.raises(Busy) as refused:
            ask(CPFS[4], owner=A)
        assert 1 <= refused.value.retry_after <= 60
        assert DossierRequest.objects.filter(owner=A).count() == 4

    def test_who_floods_is_put_off_and_nobody_else(self, ask: Ask, under_way: DossierRequest) -> None:
        for cpf in CPFS[:30]:
            with suppress(Busy):
                ask(cpf, owner=A)
        for number, owner in enumerate((B, ANALYST), start=30):
            ask(CPFS[number], owner=owner)
        assert Build.objects.filter(started_at=None).count() == 6

    def test_the_faster_builds_end_the_more_may_wait(self, ask: Ask, under_way: DossierRequest) -> None:
        queue(ask, *[A] * 4)
        Build.objects.filter(pk=under_way.build_id).update(state="complete", finished_at=Now())
        ask(CPFS[4], owner=A)  # one in two seconds: thirty in a minute

    def test_an_ask_that_joins_adds_no_work_and_is_taken(self, ask: Ask, under_way: DossierRequest) -> None:
        queue(ask, *[A] * 4)
        assert ask(CPFS[3], owner=A).build_id == Build.objects.latest("pk").pk

    def test_nothing_is_left_of_who_was_put_off(self, ask: Ask, under_way: DossierRequest) -> None:
        queue(ask, *[A] * 4)
        with pytest.raises(Busy):
            dossiers.request(cpf=CPFS[9], purpose="collection", owner=A)
        assert dossiers.find(CPFS[9]) is None


@pytest.mark.django_db
def test_thousands_that_are_overdue_end_in_a_few_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    overdue = 2_000
    with connection.cursor() as cursor:
        cursor.execute(_CROWD, [overdue])
    with django_assert_max_num_queries(60):
        sweeper.end_overdue()
    assert Build.objects.filter(state="failed").count() == overdue
    assert set(Fetch.objects.values_list("state", "error_code")) == {("failed", "deadline")}


_CROWD = """
with dossiers as (
    insert into orchestrator_dossier (cpf_lookup, cpf_sealed, data_key, latest_version, completeness,
                                      provenance, created_at)
    select decode(lpad(to_hex(n), 8, '0'), 'hex'), '', '', 0, '', '{}', now()
      from generate_series(1, %s) as n returning id
), builds as (
    insert into orchestrator_build (dossier_id, owner, state, outcome, created_at, deadline_at)
    select id, 'client:a', 'active', '', now(), now() - interval '1 second' from dossiers returning id
)
insert into orchestrator_fetch (build_id, source, state, fresh, attempts, max_attempts, quarantine_claims,
                                origin, error_code)
select id, source, 'pending', false, 0, 3, 0, '', ''
  from builds, unnest(array['alpha', 'beta', 'capa']) as source
"""
