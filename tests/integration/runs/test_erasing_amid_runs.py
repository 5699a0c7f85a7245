"""Who is erased leaves the runs under way, and harms nobody else in them."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from orchestrator import cache, conf, dossiers, persons, runs
from orchestrator.batch import chunks
from orchestrator.batch.work import parking, writing
from orchestrator.clients import registry
from orchestrator.models import Chunk, Dossier, Run
from orchestrator.records.runs import Totals
from orchestrator.sealing import envelopes
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, erase, finish, night

SOURCES = ("alpha", "beta", "capa")


def erased(cpf: str) -> Any:
    return persons.erase(cpf, reason="asked for by letter", owner="user:9")


def sealed_people() -> list[str]:
    """Whoever is in a chunk that has not ended."""
    waiting = Chunk.objects.exclude(cpfs_sealed=None)
    return [cpf for chunk in waiting for cpf in chunks.opened(chunk)]


def parked() -> list[bytes]:
    return [bytes(key) for key in cache.redis().scan_iter("dossier:part:*")]


def a_list(*cpfs: str) -> int:
    file = io.BytesIO("\n".join(["cpf", *cpfs]).encode())
    return runs.upload(file, purpose="collection", owner="user:1")


def asked_about(fake_sources: Fakes) -> set[str]:
    return {cpf for fake in fake_sources.values() for call in fake.calls for cpf in call}


def is_consistent(run_id: int) -> bool:
    """The counts say what the chunks do, and their end what was planned."""
    run = Run.objects.get(pk=run_id)
    size = sum(Chunk.objects.filter(run=run_id).values_list("size", flat=True))
    return bool(run.counts.size == size == sum((run.totals or {}).values()))


@pytest.fixture
def changed(hands: Hands, crowd: list[str], fake_sources: Fakes) -> list[str]:
    """Everybody has a version, and by now owes something else."""
    night(hands)
    for cpf in crowd:
        fake_sources["alpha"].people[cpf]["debts"][0]["value"] = "7.77"
    for fake in fake_sources.values():
        fake.calls.clear()
    return crowd


def planned(hands: Hands) -> None:
    """Works until everybody has a chunk, and nobody was asked about."""
    hands.work(until=lambda: Run.objects.latest("pk").planned_at)


def one_fetched(hands: Hands) -> None:
    """Works until a source's answer about the first chunk is parked."""
    hands.work(until=parked)


@pytest.mark.parametrize("until", [planned, one_fetched])
def test_who_is_erased_amid_a_night_leaves_it_and_is_counted(
    hands: Hands, changed: list[str], fake_sources: Fakes, until: Callable[[Hands], None]
) -> None:
    run_id = runs.refresh(owner="user:1")
    until(hands)
    gone = Dossier.objects.get(cpf_lookup=envelopes.lookup(changed[0]))
    assert erased(changed[0]).removed["chunks"] == 1
    assert changed[0] not in sealed_people()
    assert not parked(), "an answer that tells of who was erased"
    for fake in fake_sources.values():
        fake.calls.clear()
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.state, told.total, told.totals, told.erased) == ("complete", 6, Totals(changed=6), 1)
    assert is_consistent(run_id)
    assert changed[0] not in asked_about(fake_sources)
    gone.refresh_from_db()
    assert (gone.provenance, gone.checked_at, gone.latest_version) == ({}, None, 1)


def test_who_is_erased_while_they_wait_for_another_pass_leaves_a_night(
    hands: Hands, changed: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 2)
    monkeypatch.setattr(conf, "RUN_RETRY_SECONDS", 3600.0)
    fake_sources["capa"].always = fakes.status(500)
    run_id = runs.refresh(owner="user:1")
    hands.work()
    assert Chunk.objects.filter(run=run_id, passes=1, ended_at=None).count() == 3
    erased(changed[0])
    assert changed[0] not in sealed_people()
    assert runs.status(run_id).waiting_again == 6
    fake_sources["capa"].always = None
    Chunk.objects.update(due_at=None)
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.total, told.totals, told.erased) == (6, Totals(changed=6), 1)
    assert is_consistent(run_id)
    assert {source.lacking for source in told.sources} == {0}


def test_who_is_alone_in_a_chunk_leaves_none(hands: Hands, changed: list[str]) -> None:
    run_id = runs.refresh(owner="user:1")
    planned(hands)
    erased(changed[-1])
    finish(hands, run_id)
    assert (runs.status(run_id).state, runs.status(run_id).totals) == ("complete", Totals(changed=6))
    assert is_consistent(run_id)


@pytest.mark.parametrize("until", [lambda hands: None, planned, one_fetched])
def test_a_row_of_a_list_is_told_as_erased(
    hands: Hands, changed: list[str], fake_sources: Fakes, until: Callable[[Hands], None]
) -> None:
    run_id = a_list(*changed)
    until(hands)
    erased(changed[1])
    assert changed[1] not in sealed_people()
    for fake in fake_sources.values():
        fake.calls.clear()
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.state, told.total, told.totals) == ("partial", 7, Totals(failed=1, changed=6))
    assert is_consistent(run_id)
    (member,) = runs.members(run_id, only_failed=True)
    assert (member.line, member.errors) == (3, dict.fromkeys(SOURCES, "erased"))
    assert [each.line for each in runs.members(run_id)] == list(range(2, 9))
    assert changed[1] not in asked_about(fake_sources)


def test_who_is_only_in_a_list_is_erased_from_it(hands: Hands, crowd: list[str]) -> None:
    run_id = a_list(*crowd[:2])
    assert not Dossier.objects.exists()
    erased(crowd[0])
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(failed=1, new=1)


def test_a_list_does_not_bring_back_who_is_erased_nor_keeps_the_cpf(
    hands: Hands, changed: list[str], fake_sources: Fakes
) -> None:
    erased(changed[1])
    run_id = a_list(*changed)
    planned(hands)
    assert changed[1] not in sealed_people()
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(failed=1, changed=6)
    assert bytes(Dossier.objects.get(cpf_lookup=envelopes.lookup(changed[1])).data_key) == b""
    assert changed[1] not in asked_about(fake_sources)


def test_a_night_does_not_bring_back_whom_a_source_lists(hands: Hands, changed: list[str]) -> None:
    erased(changed[1])
    told = night(hands)
    assert (told.state, told.totals, told.erased) == ("complete", Totals(changed=6), 1)
    assert Dossier.objects.count() == 7


def test_an_answer_that_comes_after_an_erasure_is_not_parked(
    hands: Hands, changed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.refresh(owner="user:1")
    planned(hands)
    client = registry.client("alpha")
    fetch_raw = client.fetch_raw

    def answer_late(cpfs: Sequence[str]) -> bytes:
        answer = fetch_raw(cpfs)
        if changed[0] in cpfs:
            erased(changed[0])
        return answer

    monkeypatch.setattr(client, "fetch_raw", answer_late)
    first = Chunk.objects.filter(run=run_id).earliest("number")
    task = next(at for at, (_, given) in enumerate(hands.waiting) if given[:1] == (first.pk,))
    hands.waiting = hands.waiting[task:]
    work, given = hands.waiting.pop(0)
    work(*given)
    assert not Chunk.objects.filter(pk=first.pk).exists()
    assert not parking.is_parked(first.pk, 0, "alpha")
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(changed=6)


@pytest.mark.parametrize("news", [True, False])
def test_nothing_is_written_of_who_is_erased_between_deciding_and_writing(
    hands: Hands, changed: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch, news: bool
) -> None:
    if not news:
        night(hands)
    lock = writing.locked

    def erase_and_lock(dossier_ids: Any) -> Any:
        erase(changed[0])
        Dossier.objects.filter(data_key=b"").update(provenance={}, checked_at=None)
        return lock(dossier_ids)

    monkeypatch.setattr(writing, "locked", erase_and_lock)
    told = night(hands)
    assert told.totals == Totals(failed=1, changed=6) if news else Totals(failed=1, unchanged=6)
    gone = Dossier.objects.get(data_key=b"")
    assert (gone.provenance, gone.checked_at) == ({}, None)


def test_who_began_anew_has_a_new_dossier_in_the_next_night(hands: Hands, changed: list[str]) -> None:
    erased(changed[0])
    accepted = dossiers.request(cpf=changed[0], purpose="collection", owner="user:1")
    dossiers.cancel(accepted.request_id, owner="user:1")
    told = night(hands)
    assert told.totals == Totals(new=1, changed=6)
    assert [each.number for each in dossiers.versions(accepted.dossier_id)] == [2]
    assert night(hands).totals == Totals(unchanged=7)
