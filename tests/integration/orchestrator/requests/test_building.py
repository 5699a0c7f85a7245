"""From an ask to a version, with real rows and real HTTP."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from orchestrator import cache, conf, dossiers
from orchestrator.clients.registry import by_name
from orchestrator.models import Attempt, Dossier, DossierRequest, Fetch, Snapshot
from orchestrator.records.dossiers import Presence
from orchestrator.requests import building
from tests.fakes import people
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, Handler, body, cut, status
from tests.integration.orchestrator.conftest import AmidCall, run, states

Ask = Callable[..., DossierRequest]
Fakes = dict[str, FakeSource]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "BACKOFF_FIRST_SECONDS", 0.0)


def test_three_answers_make_a_complete_first_version(ask: Ask) -> None:
    ended = run(ask())
    assert (ended.state, ended.outcome, ended.snapshot_version) == ("complete", "new_version", 1)
    view = dossiers.load(ended.dossier_id)
    assert view.cpf == MARIA
    assert view.blocks["alpha"].sections["debts"][0]["value"] == Decimal("1000.00")
    assert view.person["name"] == "Maria da Silva"
    assert view.completeness == "complete"


def test_nothing_of_a_person_lies_readable_in_the_database(ask: Ask) -> None:
    run(ask())
    ask()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'select t::text from "{table}" t')
            text = " ".join(row[0] for row in cursor.fetchall())
            assert MARIA not in text, table
            assert MARIA.encode().hex() not in text, table
            assert "Maria" not in text, table


def test_a_second_ask_with_the_same_answers_saves_no_version(ask: Ask, fake_sources: Fakes) -> None:
    first = run(ask())
    before = dossiers.load(first.dossier_id)
    ended = run(ask(fresh=True))
    assert (ended.state, ended.outcome, ended.snapshot_version) == ("complete", "unchanged", 1)
    assert Snapshot.objects.count() == 1
    after = dossiers.load(first.dossier_id)
    assert after.checked_at is not None
    assert before.checked_at is not None
    assert after.checked_at >= before.checked_at
    assert len(fake_sources["alpha"].calls) == 2


def test_a_kept_copy_is_served_without_a_call(ask: Ask, fake_sources: Fakes) -> None:
    run(ask())
    ended = run(ask())
    assert {fetch.origin for fetch in ended.sources} == {"cache"}
    assert [fetch.attempts for fetch in ended.sources] == [0, 0, 0]
    assert [len(fake.calls) for fake in fake_sources.values()] == [1, 1, 1]


def test_a_changed_value_makes_version_two_and_leaves_version_one(ask: Ask, fake_sources: Fakes) -> None:
    first = run(ask())
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("1000.01",))
    ended = run(ask(fresh=True))
    assert (ended.outcome, ended.snapshot_version) == ("new_version", 2)
    values = [
        dossiers.load(first.dossier_id, number).blocks["alpha"].sections["debts"][0]["value"]
        for number in (1, 2)
    ]
    assert values == [Decimal("1000.00"), Decimal("1000.01")]
    (change,) = dossiers.diff(first.dossier_id, 1, 2).sections
    ((before, after),) = change.changed
    assert (change.section, before["value"], after["value"]) == ("debts", *values)


def test_a_person_whom_nobody_knows_has_a_complete_dossier_that_says_so(ask: Ask) -> None:
    ended = run(ask(people.JOAO))
    assert (ended.state, ended.outcome) == ("complete", "new_version")
    assert set(states(ended).values()) == {"not_found"}
    blocks = dossiers.load(ended.dossier_id).blocks
    assert {block.presence for block in blocks.values()} == {Presence.NOT_FOUND}


def test_a_failed_call_is_tried_again_and_ends_complete(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources["beta"].script += [status(503), cut]
    asked = ask()
    beta = asked.build.fetches.get(source="beta")
    assert building.fetch(beta.pk) == 0.0
    beta.refresh_from_db()
    assert (beta.state, beta.attempts, beta.error_code) == ("waiting_retry", 1, "server_error")
    building.fetch(beta.pk)
    ended = run(asked)
    assert ended.state == "complete"
    history = list(Attempt.objects.filter(fetch=beta).order_by("number").values_list("error_code", flat=True))
    assert history == ["server_error", "unreachable", ""]


def test_when_attempts_run_out_the_block_is_missing_and_the_rest_is_kept(
    ask: Ask, fake_sources: Fakes
) -> None:
    fake_sources["capa"].always = status(500)
    asked = ask()
    for _ in range(conf.MAX_ATTEMPTS - 1):
        assert run(asked).state == "running"
    ended = run(asked)
    assert (ended.state, ended.outcome) == ("partial", "new_version")
    assert states(ended) == {"alpha": "ok", "beta": "ok", "capa": "failed"}
    view = dossiers.load(ended.dossier_id)
    assert view.blocks["capa"].presence is Presence.MISSING
    assert view.completeness == "partial"
    assert view.provenance["capa"].error_code == "server_error"
    assert len(fake_sources["capa"].calls) == conf.MAX_ATTEMPTS


def test_a_failed_source_keeps_the_last_good_block_and_saves_nothing(ask: Ask, fake_sources: Fakes) -> None:
    first = run(ask())
    good = dossiers.load(first.dossier_id).provenance["alpha"].fetched_at
    fake_sources["alpha"].always = status(403)
    ended = run(ask(fresh=True))
    assert (ended.state, ended.outcome, ended.snapshot_version) == ("partial", "unchanged", 1)
    alpha = ended.sources[0]
    assert (alpha.state, alpha.origin, alpha.error_code, alpha.fetched_at) == (
        "stale",
        "carried",
        "refused",
        good,
    )
    view = dossiers.load(first.dossier_id)
    assert view.blocks["alpha"].sections["debts"][0]["value"] == Decimal("1000.00")
    assert (view.provenance["alpha"].origin, view.provenance["alpha"].fetched_at) == ("carried", good)
    assert view.completeness == "partial"


def test_a_good_answer_after_an_outage_makes_the_dossier_complete_again(
    ask: Ask, fake_sources: Fakes
) -> None:
    first = run(ask())
    fake_sources["alpha"].always = status(403)
    run(ask(fresh=True))
    fake_sources["alpha"].always = None
    assert run(ask(fresh=True)).outcome == "unchanged"
    assert dossiers.load(first.dossier_id).completeness == "complete"


def test_with_nothing_fetched_the_request_fails_and_what_stood_stands(ask: Ask, fake_sources: Fakes) -> None:
    first = run(ask())
    for fake in fake_sources.values():
        fake.always = status(403)
    ended = run(ask(fresh=True))
    assert (ended.state, ended.outcome, ended.snapshot_version) == ("failed", None, 1)
    assert dossiers.load(first.dossier_id).completeness == "complete"


def test_a_first_request_that_fails_leaves_a_dossier_without_a_version(ask: Ask, fake_sources: Fakes) -> None:
    for fake in fake_sources.values():
        fake.always = status(403)
    ended = run(ask())
    assert (ended.state, ended.snapshot_version) == ("failed", None)
    view = dossiers.load(ended.dossier_id)
    assert (view.version, view.blocks) == (None, {})
    assert view.cpf == MARIA


def test_a_fetch_that_is_under_way_is_not_done_twice(
    transactional_db: None, ask: Ask, fake_sources: Fakes
) -> None:
    alpha = ask().build.fetches.get(source="alpha")
    second: list[float | None] = []

    def answer_while_another_worker_tries(handler: Handler) -> None:
        second.append(building.fetch(alpha.pk))
        connection.close()  # of this thread, which is the other worker
        handler.answer(200, [people.alpha(MARIA)])

    fake_sources["alpha"].script.append(answer_while_another_worker_tries)
    building.fetch(alpha.pk)
    assert second == [None]
    assert len(fake_sources["alpha"].calls) == 1
    alpha.refresh_from_db()
    assert (alpha.state, alpha.attempts) == ("ok", 1)


def test_who_lost_the_lease_writes_nothing(ask: Ask, amid_call: AmidCall) -> None:
    alpha = ask().build.fetches.get(source="alpha")
    amid_call(lambda: Fetch.objects.filter(pk=alpha.pk).update(lease_token=uuid.uuid4()))
    building.fetch(alpha.pk)
    alpha.refresh_from_db()
    assert (alpha.state, alpha.payload_sealed) == ("fetching", None)


def test_who_lost_the_lease_keeps_no_copy_either(ask: Ask, amid_call: AmidCall) -> None:
    alpha = ask().build.fetches.get(source="alpha")
    amid_call(lambda: Fetch.objects.filter(pk=alpha.pk).update(lease_token=uuid.uuid4()))
    building.fetch(alpha.pk)
    assert cache.copy_of(by_name()["alpha"], Dossier.objects.get()) is None


def test_a_fresh_ask_that_joins_after_the_claim_is_not_served_the_kept_copy(
    ask: Ask, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(ask())
    alpha = ask().build.fetches.get(source="alpha")
    copy_of = cache.copy_of

    def join_meanwhile(*what: Any, **standing: Any) -> Any:
        ask(fresh=True)
        return copy_of(*what, **standing)

    monkeypatch.setattr(cache, "copy_of", join_meanwhile)
    building.fetch(alpha.pk)
    alpha.refresh_from_db()
    assert (alpha.origin, alpha.attempts) == ("live", 1)


def test_finishing_twice_saves_one_version(ask: Ask) -> None:
    asked = ask()
    run(asked)
    building.finish(asked.build_id)
    assert Snapshot.objects.count() == 1


def test_finishing_too_early_does_nothing(ask: Ask) -> None:
    asked = ask()
    building.finish(asked.build_id)
    assert dossiers.status(asked.pk).state == "queued"


def test_payloads_are_emptied_when_the_build_ends(ask: Ask) -> None:
    asked = ask()
    run(asked)
    assert not asked.build.fetches.exclude(payload_sealed=None).exists()


@pytest.mark.parametrize(
    ("respond", "code"),
    [
        (status(500), "server_error"),
        (status(429, Retry_After="0"), "limited"),
        (status(403), "refused"),
        (status(302, Location="http://127.0.0.1:1/"), "bad_answer"),
        (status(204), "bad_answer"),
        (body(b"<html>"), "bad_answer"),
        (body(b'[{"cpf": NaN}]'), "bad_answer"),
        (body(b" " * (conf.ANSWER_BYTES + 1)), "too_large"),
        (cut, "unreachable"),
    ],
)
def test_each_kind_of_failure_has_its_own_code(
    ask: Ask, fake_sources: Fakes, respond: object, code: str
) -> None:
    fake_sources["alpha"].always = respond  # type: ignore[assignment]
    alpha = ask().build.fetches.get(source="alpha")
    building.fetch(alpha.pk)
    alpha.refresh_from_db()
    assert alpha.error_code == code
