"""Who is erased is read by nobody any more; what stands of them has no CPF; only an ask begins anew."""

import io
import json
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from orchestrator import cache, dossiers, persons
from orchestrator.clients.registry import SOURCES, by_name
from orchestrator.content import MISSING
from orchestrator.errors import DestroyedKey, InvalidInput, NotFound
from orchestrator.models import Dossier, DossierRequest, Erasure, Fetch, Snapshot
from orchestrator.records.dossiers import AsOf
from orchestrator.requests import asked_for, building
from orchestrator.sealing import envelopes
from tests.fakes import people
from tests.fakes.people import MARIA
from tests.integration.orchestrator.conftest import AmidCall, Fakes, run, states

Ask = Callable[..., DossierRequest]

WHY = "asked for by letter"


def erased() -> Any:
    return persons.erase(MARIA, reason=WHY, owner="user:9")


@pytest.fixture
def built(ask: Ask, fake_sources: Fakes) -> Dossier:
    """Maria's dossier at its second version, pinned."""
    run(ask())
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("2.00",))
    run(ask(fresh=True))
    dossier = Dossier.objects.get()
    dossiers.pin(dossier.pk, 1, owner="user:1")
    return dossier


READS: list[Callable[[int], object]] = [
    lambda pk: dossiers.find(MARIA),
    lambda pk: dossiers.load(pk),
    lambda pk: dossiers.load(pk, 1),
    lambda pk: dossiers.diff(pk, 1, 2),
    lambda pk: dossiers.headline(pk),
    lambda pk: dossiers.pin(pk, 1, owner="user:1"),
    lambda pk: dossiers.renew(pk, purpose="collection", owner="user:1"),
    lambda pk: dossiers.retry(DossierRequest.objects.earliest("created_at").pk, owner="user:1"),
]


@pytest.mark.parametrize("read", READS)
def test_who_is_erased_is_read_by_nobody(built: Dossier, read: Callable[[int], object]) -> None:
    Dossier.objects.update(provenance={})  # as if something were to be tried again
    erased()
    with pytest.raises(DestroyedKey):
        read(built.pk)


def test_of_many_who_is_erased_says_so_and_has_no_history(built: Dossier) -> None:
    erased()
    (told,) = dossiers.load_many([AsOf(dossier_id=built.pk, version=1)]).values()
    assert isinstance(told, DestroyedKey)
    assert dossiers.versions(built.pk) == []


def test_what_stands_are_hashes_counts_and_a_tombstone_without_the_cpf(built: Dossier) -> None:
    hashes = list(Snapshot.objects.order_by("number").values_list("content_hash", flat=True))
    told = erased()
    versions = Snapshot.objects.order_by("number")
    assert [bytes(each.content_hash) for each in versions] == [bytes(each) for each in hashes]
    assert {bytes(each.content_sealed) for each in versions} == {b""}, "an older backup has the key"
    assert not versions.filter(pinned=True).exists()
    stone = Dossier.objects.get()
    assert (bytes(stone.data_key), bytes(stone.cpf_sealed), bytes(stone.answers_hash)) == (b"", b"", b"")
    assert (stone.provenance, stone.completeness, stone.checked_at) == ({}, "", None)
    row = Erasure.objects.get()
    assert (row.dossier_id, row.created_at) == (built.pk, built.created_at)
    assert (row.owner, row.reason, bytes(row.lookup)) == ("user:9", WHY, envelopes.lookup(MARIA))
    assert told.removed == {
        "versions": 2,
        "decisions": 0,
        "builds": 0,
        "payloads": 0,
        "chunks": 0,
        "copies": 3,
    }
    assert told.finished
    assert {each.kind: each.number for each in told.stands} == {
        "requests": 2,
        "version_hashes": 2,
        "decision_dates": 0,
        "access_records": None,
        "tombstone": 1,
    }


def test_the_register_names_the_dossier_and_not_the_person(
    built: Dossier, register_of_erasures: Path
) -> None:
    erased()
    (line,) = register_of_erasures.read_text().splitlines()
    told = json.loads(line)
    assert (told["dossier_id"], told["lookup"]) == (built.pk, envelopes.lookup(MARIA).hex())
    assert told["created_at"] == built.created_at.isoformat()
    assert MARIA not in line
    assert WHY not in line
    assert stat.S_IMODE(register_of_erasures.stat().st_mode) == 0o600


def test_a_second_time_changes_nothing(built: Dossier, register_of_erasures: Path) -> None:
    first = erased()
    again = persons.erase(MARIA, reason="once more", owner="user:8")
    assert (again.erased_at, again.reason, again.owner) == (first.erased_at, WHY, "user:9")
    assert Erasure.objects.count() == len(register_of_erasures.read_text().splitlines()) == 1
    assert persons.find_erasure(MARIA) == again


def test_the_request_under_way_ends_and_what_its_source_still_answers_is_not_kept(
    ask: Ask, amid_call: AmidCall
) -> None:
    asked = ask()
    alpha, beta, _ = asked.build.fetches.order_by("pk")
    building.fetch(beta.pk)
    assert Fetch.objects.exclude(payload_sealed=None).count() == 1
    amid_call(erased)
    building.fetch(alpha.pk)
    building.finish(asked.build_id)
    assert dossiers.status(asked.pk).state == "cancelled"
    assert not Fetch.objects.exclude(payload_sealed=None).exists()
    assert not Snapshot.objects.exists()
    assert not list(cache.redis().scan_iter(f"*{envelopes.lookup(MARIA).hex()}*"))
    assert Erasure.objects.get().removed["builds"] == 1


def test_a_copy_that_is_kept_too_late_opens_for_nobody(ask: Ask) -> None:
    run(ask())
    before, alpha = Dossier.objects.get(), by_name()["alpha"]
    assert cache.copy_of(alpha, before)
    erased()
    assert cache.copy_of(alpha, before) is None
    cache.keep_copy(alpha, before, MISSING, before.created_at)  # by who had fetched it before
    assert cache.copy_of(alpha, Dossier.objects.get()) is None
    ask()
    assert cache.copy_of(alpha, Dossier.objects.get()) is None, "nor for the dossier that began anew"


def test_only_an_ask_begins_anew_and_no_number_of_a_version_is_used_twice(
    built: Dossier, ask: Ask, fake_sources: Fakes
) -> None:
    erased()
    asked = ask()
    assert dossiers.status(asked.pk).snapshot_version is None
    known = dossiers.find(MARIA)
    assert known
    assert (known.id, known.version, known.latest_version) == (built.pk, None, None)
    assert {each.copy_at for each in dossiers.outlook(MARIA)} == {None}
    status = run(asked)
    assert (status.outcome, status.snapshot_version) == ("new_version", 3)
    assert [each.number for each in dossiers.versions(built.pk)] == [3]
    for number in (1, 2):
        with pytest.raises(DestroyedKey):
            dossiers.load(built.pk, number)
    with pytest.raises(NotFound):
        dossiers.load(built.pk, 4)
    assert Dossier.objects.get().created_at > built.created_at


def test_who_asked_before_sees_nothing_of_what_began_anew(built: Dossier, ask: Ask) -> None:
    def asked(owner: str) -> object:
        return asked_for.by(built.pk, owner=owner, team="", within=timedelta(days=90)).asked

    assert asked("user:1")
    erased()
    ask(owner="user:2")
    assert asked("user:1") is None
    assert asked("user:2")


def test_a_failed_ask_after_an_erasure_carries_nothing_of_before(
    built: Dossier, ask: Ask, fake_sources: Fakes
) -> None:
    erased()
    fake_sources["alpha"].people.clear()
    fake_sources["alpha"].always = lambda handler: handler.send_error(403)
    status = run(ask())
    assert states(status)["alpha"] == "failed"
    found = dossiers.find(MARIA)
    assert found
    assert found.blocks["alpha"].presence == "missing"


def test_who_begins_anew_can_be_erased_anew(built: Dossier, ask: Ask, register_of_erasures: Path) -> None:
    erased()
    run(ask())
    told = erased()
    assert told.removed["versions"] == 1
    assert Erasure.objects.count() == len(register_of_erasures.read_text().splitlines()) == 2
    with pytest.raises(DestroyedKey):
        dossiers.find(MARIA)


def test_of_whom_nothing_is_kept_nothing_is_erased(db: None, register_of_erasures: Path) -> None:
    with pytest.raises(NotFound):
        erased()
    assert not register_of_erasures.exists()


@pytest.mark.parametrize(
    ("reason", "code"),
    [("  ", "empty"), ("x" * 201, "length"), (MARIA, "cpf"), (f"of 529.982.247-25 {WHY}", "cpf")],
)
def test_the_reason_is_kept_and_holds_no_cpf(db: None, reason: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        persons.erase(MARIA, reason=reason, owner="user:9")
    assert (refused.value.field, refused.value.code) == ("reason", code)


def test_copies_of_every_source_and_declaration_go(built: Dossier) -> None:
    lookup = envelopes.lookup(MARIA).hex()
    old = f"dossier:copy:alpha:0123456789abcdef:{lookup}"  # of an earlier release
    cache.redis().set(old, b"x")
    assert len(list(cache.redis().scan_iter(f"*{lookup}"))) == len(SOURCES) + 1
    assert erased().removed["copies"] == len(SOURCES) + 1
    assert not list(cache.redis().scan_iter(f"*{lookup}"))


def test_while_redis_is_away_the_key_goes_and_the_rest_later(
    built: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(cache, "_away_until", float("inf"))
        assert not erased().finished
    with pytest.raises(DestroyedKey):
        dossiers.find(MARIA)
    monkeypatch.setattr(cache, "_away_until", 0.0)
    persons.replay()
    assert Erasure.objects.get().finished_at
    assert not list(cache.redis().scan_iter(f"*{envelopes.lookup(MARIA).hex()}"))


def test_the_command_takes_the_cpf_from_the_standard_input(
    built: Dossier, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("529.982.247-25\n"))
    call_command("erase_person", "--reason", WHY)
    told = capsys.readouterr().out
    assert "2 versions, their content" in told
    assert "0 decisions and notes, their text" in told
    assert "0 dates and authors of decisions and notes, until" in told
    assert "Lei 12.414/2011, art. 6, IV" in told
    assert "529" not in told
    assert Erasure.objects.get().owner == "terminal"


def test_the_command_says_in_a_sentence_what_is_wrong(db: None) -> None:
    with pytest.raises(CommandError, match="Nothing is kept of this person"):
        call_command("erase_person", MARIA, "--reason", WHY)
