"""The nightly run: everybody is renewed, once, and only what changed is written."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from orchestrator import cache, conf, dossiers, runs
from orchestrator.batch import people as dossiers_of
from orchestrator.batch.work import parking
from orchestrator.clients import registry
from orchestrator.models import Chunk, Dossier, Fetch, Run, Snapshot
from orchestrator.records.dossiers import Presence
from orchestrator.records.runs import BulkCall, Totals
from orchestrator.requests import building
from orchestrator.sealing import envelopes
from orchestrator.upkeep import sweeper
from tests.fakes import people
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, finish, night
from tests.stack import eventually


def versions() -> list[tuple[int, int]]:
    return list(Snapshot.objects.order_by("dossier_id", "number").values_list("dossier_id", "number"))


def dossier_of(cpf: str) -> Dossier:
    return Dossier.objects.get(cpf_lookup=envelopes.lookup(cpf))


def test_everybody_whom_a_source_lists_gets_a_first_version(hands: Hands, crowd: list[str]) -> None:
    told = night(hands)
    assert (told.state, told.total, told.totals) == ("complete", 7, Totals(new=7))
    assert [number for _, number in versions()] == [1] * 7
    assert all(dossiers.find(cpf).completeness == "complete" for cpf in crowd)  # type: ignore[union-attr]


def test_who_has_a_dossier_is_renewed_though_no_source_lists_them(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    dossiers_of.ensure([people.JOAO])
    told = night(hands)
    assert told.totals == Totals(new=8)
    assert {block.presence for block in dossiers.find(people.JOAO).blocks.values()} == {  # type: ignore[union-attr]
        Presence.NOT_FOUND
    }


def test_a_second_night_writes_no_version_and_moves_the_check(hands: Hands, crowd: list[str]) -> None:
    night(hands)
    before = dossier_of(crowd[0]).checked_at
    told = night(hands)
    after = dossier_of(crowd[0])
    assert told.totals == Totals(unchanged=7)
    assert len(versions()) == 7
    assert before
    assert after.checked_at
    assert after.checked_at > before
    assert dossiers.find(crowd[0]).provenance["alpha"].fetched_at > before  # type: ignore[union-attr,operator]


def test_who_changed_gets_a_new_version_and_the_run_tells_what(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    night(hands)
    fake_sources["alpha"].people[crowd[2]] = people.alpha(
        crowd[2], name="Pessoa 2", debts=("1000.00", "7.00", "8.00")
    )
    told = night(hands)
    assert told.totals == Totals(changed=1, unchanged=6)
    assert told.changes == {"alpha.debts": 1}
    assert told.most_changed == ((dossier_of(crowd[2]).pk, 2),)
    assert len(dossiers.load(dossier_of(crowd[2]).pk).blocks["alpha"].sections["debts"]) == 3


def test_a_single_request_and_a_run_write_the_same(hands: Hands, crowd: list[str]) -> None:
    accepted = dossiers.request(cpf=people.MARIA, purpose="credit_analysis", owner="user:1")
    ask = dossiers.status(accepted.request_id)
    for fetch in Fetch.objects.filter(build__dossier_id=ask.dossier_id):
        building.fetch(fetch.pk)
    told = night(hands)
    assert told.totals == Totals(new=6, unchanged=1)
    again = night(hands)  # and now by the answers' hash alone
    assert again.totals == Totals(unchanged=7)


def test_the_order_of_rows_is_no_change(hands: Hands, crowd: list[str], fake_sources: Fakes) -> None:
    item = people.alpha(crowd[0], name="Pessoa 0", debts=("1.00", "2.00"))
    fake_sources["alpha"].people[crowd[0]] = item
    night(hands)
    fake_sources["alpha"].people[crowd[0]] = item | {"debts": item["debts"][::-1]}
    assert night(hands).totals == Totals(unchanged=7)


def test_a_source_that_is_down_leaves_its_blocks_standing(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(hands)
    monkeypatch.setattr(conf, "RUN_PAUSE_SECONDS", 0.0)
    fake_sources["capa"].always = fakes.status(500)
    told = night(hands)
    assert (told.state, told.totals) == ("partial", Totals(partial=7))
    assert len(versions()) == 7
    view = dossiers.find(crowd[0])
    assert view
    assert (view.completeness, view.provenance["capa"].origin) == ("partial", "carried")
    assert view.provenance["capa"].error_code in ("server_error", "circuit_open")
    assert view.provenance["alpha"].origin == "live"
    (capa,) = [source for source in told.sources if source.source == "capa"]
    assert capa.lacking == 7
    assert capa.errors


def test_what_failed_is_asked_again_later_in_the_run_and_only_that(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_ATTEMPTS", 1)
    fake_sources["beta"].script = [fakes.status(503)]
    told = night(hands)
    assert (told.state, told.totals) == ("complete", Totals(new=7))
    assert len(fake_sources["beta"].calls) == 4  # of three chunks one was asked twice
    assert len(fake_sources["alpha"].calls) == 3
    twice = Dossier.objects.filter(latest_version=2)  # first without Beta's block, then with it
    assert [dossier.completeness for dossier in twice] == ["complete"] * 3


def test_a_refusal_is_not_asked_again(hands: Hands, crowd: list[str], fake_sources: Fakes) -> None:
    fake_sources["beta"].always = fakes.status(403)
    told = night(hands)
    assert told.totals == Totals(partial=7)
    assert len(fake_sources["beta"].calls) == 3


def test_one_person_s_bad_row_spoils_nobody_else_s(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    fake_sources["alpha"].people[crowd[1]]["debts"][0]["value"] = "much"
    told = night(hands)
    assert (told.state, told.totals) == ("partial", Totals(new=6, partial=1))
    (failed,) = runs.members(told.id, only_failed=True)
    assert (failed.dossier_id, failed.errors) == (dossier_of(crowd[1]).pk, {"alpha": "bad_answer"})
    view = dossiers.find(crowd[1])
    assert view
    assert (view.blocks["alpha"].presence, view.blocks["beta"].presence) == (Presence.MISSING, Presence.FOUND)


def test_who_nobody_answers_about_has_failed_and_keeps_no_version(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PAUSE_SECONDS", 0.0)
    for fake in fake_sources.values():
        fake.always = fakes.status(500)
    told = night(hands)
    assert (told.state, told.totals, versions()) == ("failed", Totals(failed=7), [])
    assert told.can_retry


def test_whom_somebody_else_has_checked_since_the_chunk_began_is_skipped(
    hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, began_at__isnull=False).exists())
    accepted = dossiers.request(cpf=crowd[0], purpose="credit_analysis", owner="user:1")
    for fetch in Fetch.objects.filter(build__dossier_id=accepted.dossier_id):
        building.fetch(fetch.pk)
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(new=6, skipped=1)
    assert dossier_of(crowd[0]).latest_version == 1


def test_lost_answers_are_fetched_again(hands: Hands, crowd: list[str]) -> None:
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: any(task.__name__ == "save" for task, _ in hands.waiting[:1]))
    cache.redis().flushdb()
    finish_after_a_second(hands, run_id)
    assert runs.status(run_id).totals == Totals(new=7)


def finish_after_a_second(hands: Hands, run_id: int) -> None:
    """A chunk that was given back is due a second later."""

    def over() -> bool:
        hands.work()
        sweeper.sweep_runs()
        return Run.objects.get(pk=run_id).finished_at is not None

    eventually(over)


def test_a_message_that_was_lost_is_sent_again_and_nobody_is_blamed(hands: Hands, crowd: list[str]) -> None:
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, claims=1).count() == 3)
    hands.waiting.clear()
    sweeper.sweep_runs()
    assert not hands.waiting, "it may be waiting in the queue"
    Chunk.objects.update(sent_at=Now() - timedelta(seconds=conf.RUN_RESEND_SECONDS))
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(new=7)
    assert list(Chunk.objects.values_list("claims", "deaths")) == [(2, 0)] * 3


def test_an_old_message_finds_nothing_to_do(hands: Hands, crowd: list[str]) -> None:
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: any(task.__name__ == "save" for task, _ in hands.waiting[:1]))
    late = list(hands.waiting)
    finish(hands, run_id)
    before = versions()
    for task, arguments in late:
        task(*arguments)
    assert versions() == before
    assert runs.status(run_id).totals == Totals(new=7)


def test_with_the_broker_away_nothing_is_lost(hands: Hands, crowd: list[str]) -> None:
    hands.away = True
    run_id = runs.refresh(owner="user:1")
    sweeper.sweep_runs()
    assert not hands.waiting
    hands.away = False
    finish_after_a_second(hands, run_id)
    assert runs.status(run_id).totals == Totals(new=7)


def test_what_waits_in_redis_and_in_messages_is_sealed_and_bounded(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: any(task.__name__ == "save" for task, _ in hands.waiting[:1]))
    store: Any = cache.redis()
    keys = store.keys("dossier:part:*")
    stored = b"".join(key + store.get(key) for key in keys)
    assert stored
    assert not [cpf for cpf in crowd if cpf.encode() in stored]
    assert all(store.ttl(key) > 0 for key in keys)
    finish(hands, run_id)
    assert not store.keys("dossier:part:*")
    assert all(isinstance(argument, int | str) for _, arguments in hands.waiting for argument in arguments)


def test_a_part_is_one_pass_s_and_one_source_s(hands: Hands) -> None:
    part = parking.Part(call=BulkCall(source="alpha", asked=1, seconds=0.1), body=b"[]")
    assert parking.park(1, 1, part)
    assert parking.take(1, 1, ["alpha", "beta"]) == {"alpha": part}
    assert parking.take(1, 2, ["alpha"]) == {}


def test_a_part_under_a_master_key_that_is_gone_is_none_and_is_fetched_again(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = BulkCall(source="alpha", asked=1, seconds=0.1)
    assert parking.park(1, 1, parking.Part(call=call, body=b"[]"))
    monkeypatch.setattr(envelopes, "masters", lambda: {b"new": envelopes.Key("new", b"n" * 32)})
    assert parking.take(1, 1, ["alpha"]) == {}
    assert not parking.is_parked(1, 1, "alpha")


def test_a_kept_copy_that_is_older_than_what_stands_is_not_served(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    """Beta's copies are kept for a day: yesterday's must not undo what the night has found."""
    accepted = dossiers.request(cpf=crowd[0], purpose="credit_analysis", owner="user:1")
    for fetch in Fetch.objects.filter(build__dossier_id=accepted.dossier_id):
        building.fetch(fetch.pk)
    fake_sources["beta"].people[crowd[0]] = people.beta(crowd[0], name="Pessoa 0", assets=("1.00", "2.00"))
    night(hands)
    again = dossiers.request(cpf=crowd[0], purpose="credit_analysis", owner="user:1")
    for fetch in Fetch.objects.filter(build__requests=again.request_id):
        building.fetch(fetch.pk)
    assert dossiers.status(again.request_id).outcome == "unchanged"
    assert registry.by_name()["beta"]
    assert dossier_of(crowd[0]).latest_version == 2
