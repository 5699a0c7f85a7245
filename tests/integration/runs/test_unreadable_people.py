"""Nobody is lost in silence: who cannot be read has failed, and who is erased is left out and counted."""

import io

import pytest

from orchestrator import conf, runs
from orchestrator.models import Chunk, Dossier, Snapshot
from orchestrator.records.runs import MemberResult, RunStatus, Totals
from orchestrator.sealing import envelopes
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, erase, finish, let_in, lock_out, night

SOURCES = ("alpha", "beta", "capa")


def a_list(hands: Hands, *cpfs: str) -> RunStatus:
    file = io.BytesIO("\n".join(["cpf", *cpfs]).encode())
    run_id = runs.upload(file, purpose="collection", owner="user:1")
    finish(hands, run_id)
    return runs.status(run_id)


def failed(run: RunStatus) -> list[MemberResult]:
    return list(runs.members(run.id, only_failed=True))


def test_a_night_counts_those_whose_key_is_missing_as_failed(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    night(hands)
    locked = lock_out(crowd[3])
    told = night(hands)
    assert (told.state, told.total, told.totals) == ("partial", 7, Totals(failed=1, unchanged=6))
    (member,) = failed(told)
    assert (member.dossier_id, member.outcome) == (locked, "failed")
    assert member.errors == dict.fromkeys(SOURCES, "unknown_key")
    assert not [call for fake in fake_sources.values() for call in fake.calls if "" in call]


def test_a_night_over_nobody_but_them_fails(hands: Hands, crowd: list[str]) -> None:
    night(hands)
    for cpf in crowd:
        lock_out(cpf)
    assert (night(hands).state, Dossier.objects.filter(latest_version=1).count()) == ("failed", 7)


def test_what_failed_for_a_missing_key_is_asked_again_when_it_is_back(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    night(hands)
    lock_out(crowd[3])
    told = night(hands)
    still = runs.retry_failed(told.id, owner="user:1")
    finish(hands, still)
    assert runs.status(still).totals == Totals(failed=1)
    let_in(crowd[3])
    again = runs.retry_failed(told.id, owner="user:1")
    finish(hands, again)
    assert runs.status(again).totals == Totals(unchanged=1)


def test_who_is_erased_is_left_out_of_a_night_and_counted(hands: Hands, crowd: list[str]) -> None:
    night(hands)
    erase(crowd[3])
    told = night(hands)
    assert (told.state, told.total, told.totals, told.erased) == ("complete", 6, Totals(unchanged=6), 1)


def test_who_is_erased_is_left_out_of_a_retry_and_counted(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["capa"].always = fakes.status(403)
    first = night(hands)
    fake_sources["capa"].always = None
    erase(crowd[3])
    again = runs.retry_failed(first.id, owner="user:1")
    finish(hands, again)
    told = runs.status(again)
    assert (told.totals, told.erased) == (Totals(changed=6), 1)


@pytest.mark.parametrize(("lose", "code"), [(lock_out, "unknown_key"), (erase, "erased")])
def test_each_row_of_a_list_has_an_outcome_also_those_of_people_who_cannot_be_read(
    hands: Hands, crowd: list[str], lose: object, code: str
) -> None:
    night(hands)
    lose(crowd[1])  # type: ignore[operator]
    told = a_list(hands, *crowd)
    assert (told.state, told.total, told.totals) == ("partial", 7, Totals(failed=1, unchanged=6))
    (member,) = failed(told)
    assert (member.line, member.errors) == (3, dict.fromkeys(SOURCES, code))


def test_content_that_cannot_be_read_fails_one_person_and_harms_nobody_else(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    night(hands)
    dossier = Dossier.objects.get(cpf_lookup=envelopes.lookup(crowd[3]))
    Snapshot.objects.filter(dossier=dossier).update(content_sealed=b"\x01altered")
    fake_sources["alpha"].people[crowd[3]]["debts"][0]["value"] = "much"
    told = night(hands)
    assert (told.state, told.totals) == ("partial", Totals(failed=1, unchanged=6))
    (member,) = failed(told)
    assert (member.dossier_id, set(member.errors.values())) == (dossier.pk, {"unreadable"})
    assert not Chunk.objects.filter(deaths__gt=0)


def test_who_is_erased_while_a_chunk_is_worked_on_fails_alone(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    night(hands)
    for cpf in crowd:
        fake_sources["alpha"].people[cpf]["debts"][0]["value"] = "7.77"
        fake_sources["capa"].calls.clear()
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: fake_sources["capa"].calls)
    erase(crowd[0])
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.state, told.totals) == ("partial", Totals(failed=1, changed=6))
    assert [set(member.errors.values()) for member in failed(told)] == [{"erased"}]
    assert not Chunk.objects.filter(deaths__gt=0)
