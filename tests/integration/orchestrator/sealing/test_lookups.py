"""The lookup key is replaced: everybody is found meanwhile, by whichever settings, and has one dossier."""

import threading
from functools import cache
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction

from orchestrator import dossiers
from orchestrator.batch import people
from orchestrator.errors import InvalidInput, UnknownKey
from orchestrator.models import Dossier, KeyInUse, Snapshot
from orchestrator.sealing import envelopes, keys, lookups
from orchestrator.sealing.cpf import check_digits
from orchestrator.upkeep import rehashing
from orchestrator.versions import identity, snapshots
from tests.fakes.people import MARIA
from tests.integration.orchestrator.conftest import run
from tests.integration.orchestrator.sealing.test_keys import give
from tests.integration.runs.conftest import hands, night

__all__ = ["give", "hands"]

CPFS = [nine + check_digits(nine) for nine in (f"{number:09d}" for number in range(1, 8))]
BEFORE = {"masters": "k1=a"}
BOTH = {"masters": "k1=a", "lookups": "new=n"}
AFTER = {"masters": "k1=a", "lookup": "", "lookups": "new=n"}


@pytest.fixture
def crowded(give):
    """Seven people who are found by the old key; the new one is known now."""
    give(**BEFORE)
    keys.require()
    people.make_missing(CPFS)
    give(**BOTH)
    return Dossier.objects.order_by("pk")


def found(cpf):
    dossier = lookups.find(cpf)
    assert dossier
    return dossier


def rehash():
    return list(rehashing.rehash())


def test_all_are_found_by_the_new_key_and_the_old_one_can_go(crowded, give):
    ids = people.ensure(CPFS)
    assert sum(step.dossiers for step in rehash()) == 7
    assert rehashing.needed() == {"new": {"dossiers": 7}}
    rehashing.retire("")
    rehashing.retire("")
    give(**AFTER)
    keys.require()
    assert people.ensure(CPFS) == ids
    assert [identity.cpf_of(dossier) for dossier in crowded.order_by("cpf_lookup")] != []
    assert sorted(map(identity.cpf_of, crowded)) == sorted(CPFS)
    assert [bytes(each.cpf_lookup) for each in crowded] == [
        envelopes.lookup(identity.cpf_of(each)) for each in crowded
    ]


def test_amid_the_walk_everybody_is_found_and_nobody_is_made_twice(crowded, give, ask, monkeypatch):
    monkeypatch.setattr(rehashing, "STEP", 3)
    ids = people.ensure(CPFS)
    walk = rehashing.rehash()
    assert next(walk).dossiers == 3
    assert set(Dossier.objects.values_list("lookup_key", flat=True)) == {"", "new"}
    assert people.ensure(CPFS) == ids
    assert [found(cpf).pk for cpf in CPFS] == ids
    assert [ask(cpf).build.dossier_id for cpf in CPFS] == ids
    assert sum(step.dossiers for step in walk) == 4
    assert people.ensure(CPFS) == ids


def test_who_was_stopped_goes_on_there(crowded, monkeypatch):
    monkeypatch.setattr(rehashing, "STEP", 3)
    walk = rehashing.rehash()
    next(walk)
    del walk
    assert sum(step.dossiers for step in rehash()) == 4


def test_before_the_walk_begins_nobody_is_hashed_by_the_key_to_come(crowded, ask):
    ask(MARIA)
    assert rehashing.needed() == {"": {"dossiers": 8}}


def test_who_is_new_is_hashed_by_the_new_key_from_the_first_step_on(crowded, ask):
    next(rehashing.rehash())
    ask(MARIA)
    people.make_missing(["11144477735"])
    for cpf in (MARIA, "11144477735"):
        assert found(cpf).lookup_key == "new"


def test_a_process_that_lacks_the_new_key_says_so_and_makes_no_second_dossier(crowded, give, ask):
    rehash()
    give(**BEFORE)  # it still runs: nothing is asked of it at its start any more
    keys.require_once.cache_clear()
    for wanted in (
        lambda: dossiers.find(CPFS[0]),
        lambda: dossiers.outlook(CPFS[0]),
        lambda: people.ensure(CPFS),
        lambda: people.make_missing([MARIA]),
    ):
        with pytest.raises(UnknownKey, match="LOOKUP_KEYS, new: the settings lack this key"):
            wanted()
    assert Dossier.objects.count() == 7


def test_an_ask_of_a_process_that_started_before_the_new_key_is_refused_and_not_doubled(
    crowded, give, ask, monkeypatch
):
    rehash()
    give(**BEFORE)
    monkeypatch.setattr(keys, "require_once", cache(lambda: None))  # it was asked when it started
    with pytest.raises(UnknownKey):
        ask(CPFS[0])
    assert Dossier.objects.count() == 7


def test_a_worker_that_lacks_the_new_key_ends_what_was_asked(crowded, give, ask):
    asked = ask(MARIA)
    rehash()
    give(**BEFORE)
    assert run(asked).state == "complete"
    give(**BOTH)
    again = ask(MARIA, fresh=True)
    assert run(again).outcome == "unchanged"


def test_what_stands_is_no_new_version_because_its_hash_has_another_key(hands, give, crowded, fake_sources):
    give(**BEFORE)
    night(hands)
    versions = Snapshot.objects.count()
    give(**BOTH)
    assert night(hands).totals.changed == 0
    rehash()
    rehashing.retire("")
    give(**AFTER)
    assert night(hands).totals.changed == 0
    assert Snapshot.objects.count() == versions


def test_versions_are_hashed_anew_and_then_need_not_be_opened(give, ask):
    give(**BEFORE)
    run(ask())
    give(**BOTH)
    assert sum(step.versions for step in rehash()) == 1
    give(**AFTER)
    dossier, snapshot = Dossier.objects.get(), Snapshot.objects.get()
    written = envelopes.canonical(snapshots.latest(dossier)[0])
    assert bytes(snapshot.content_hash) == snapshots.hashed(dossier.pk, written)
    assert not dossier.answers_hash


def test_who_is_erased_keeps_the_old_key_and_is_counted(crowded, give):
    Dossier.objects.filter(pk=crowded[0].pk).update(data_key=b"")
    assert [pk for step in rehash() for pk in step.erased] == [crowded[0].pk]
    with pytest.raises(InvalidInput, match="LOOKUP_KEY is still needed by erased people: 1"):
        rehashing.retire("")
    give(**AFTER)
    with pytest.raises(UnknownKey, match="LOOKUP_KEY: the settings lack"):
        keys.require()


def test_who_cannot_be_read_is_named_and_keeps_the_old_key(crowded):
    Dossier.objects.filter(pk=crowded[0].pk).update(cpf_sealed=b"altered")
    assert [pk for step in rehash() for pk in step.unreadable] == [crowded[0].pk]
    with pytest.raises(InvalidInput, match="still needed by dossiers: 1"):
        rehashing.retire("")


def test_the_first_key_and_a_stranger_are_refused(crowded):
    with pytest.raises(InvalidInput, match="new is the first lookup key"):
        rehashing.retire("new")
    with pytest.raises(InvalidInput, match="No lookup key k9"):
        rehashing.retire("k9")


def test_a_key_may_be_replaced_again(crowded, give):
    rehash()
    rehashing.retire("")
    give("k1=a", lookup="", lookups="newer=w new=n")
    rehash()
    rehashing.retire("new")
    give("k1=a", lookup="", lookups="newer=w")
    keys.require()
    assert sorted(map(identity.cpf_of, crowded)) == sorted(CPFS)
    assert all(found(cpf) for cpf in CPFS)


def test_both_kinds_of_key_may_be_replaced_together(crowded, give):
    give("k2=b k1=a", lookups="new=n")
    call_command("rehash_lookups", stdout=StringIO(), stderr=StringIO())
    call_command("rewrap_keys", retire="k1", stdout=StringIO(), stderr=StringIO())
    give("k2=b", lookups="new=n")
    assert sorted(map(identity.cpf_of, crowded)) == sorted(CPFS)


def test_the_command_hashes_retires_and_tells_no_cpf(crowded):
    out, err = StringIO(), StringIO()
    call_command("rehash_lookups", retire="LOOKUP_KEY", stdout=out, stderr=err)
    assert "LOOKUP_KEY is retired" in out.getvalue()
    assert "new: dossiers: 7" in out.getvalue()
    assert "7 dossiers and 0 versions hashed anew" in err.getvalue()
    assert not any(cpf in out.getvalue() + err.getvalue() for cpf in CPFS)
    assert list(KeyInUse.objects.filter(role="lookup").values_list("key_id", flat=True)) == ["new"]


def test_the_command_refuses_to_retire_what_is_needed(crowded, give):
    give(**BEFORE)
    with pytest.raises(CommandError, match="LOOKUP_KEY is the first lookup key"):
        call_command("rehash_lookups", retire="LOOKUP_KEY", stdout=StringIO(), stderr=StringIO())


class Elsewhere(threading.Thread):
    """Something done in a transaction of another connection, which goes on until it is let go."""

    def __init__(self, work):
        super().__init__()
        self._work, self.done, self.go_on = work, threading.Event(), threading.Event()
        self.start()
        assert self.done.wait(10)

    def run(self):
        try:
            with transaction.atomic():
                self._work()
                self.done.set()
                self.go_on.wait(10)
        finally:
            connection.close()

    def let_go(self):
        self.go_on.set()
        self.join()


@pytest.mark.django_db(transaction=True)
def test_the_key_for_new_dossiers_does_not_change_amid_the_making_of_one(give):
    give(**BOTH)
    keys.require()
    maker = Elsewhere(lambda: people.make_missing([MARIA]))
    with pytest.raises(OperationalError):
        lookups.hash_new_by("new")
    maker.let_go()
    lookups.hash_new_by("new")
    (dossier,) = people.ensure([MARIA])
    assert Dossier.objects.get().pk == dossier


@pytest.fixture
def changed_meanwhile(give, monkeypatch):
    """The key changes between a look at who is new and the making of them, and Maria is made before that."""
    give(**BOTH)
    keys.require()
    given = lookups.key_for_new

    def _made_and_changed():
        monkeypatch.setattr(lookups, "key_for_new", given)
        Elsewhere(lambda: people.make_missing([MARIA])).let_go()
        lookups.hash_new_by("new")
        return given()

    monkeypatch.setattr(lookups, "key_for_new", _made_and_changed)


@pytest.mark.django_db(transaction=True)
def test_who_looked_before_the_change_and_makes_after_it_finds_what_was_made_between(changed_meanwhile):
    people.make_missing([MARIA])
    assert Dossier.objects.get().lookup_key == ""


@pytest.mark.django_db(transaction=True)
def test_so_does_who_asks(changed_meanwhile, sent, fake_sources):
    dossiers.request(cpf=MARIA, purpose="collection", owner="user:1")
    assert Dossier.objects.get().lookup_key == ""


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_met_again_and_not_waited_for(give):
    give(**BEFORE)
    keys.require()
    people.make_missing(CPFS)
    give(**BOTH)
    held = Dossier.objects.earliest("pk").pk
    holder = Elsewhere(lambda: Dossier.objects.select_for_update(no_key=True).get(pk=held))
    walk = rehashing.rehash()
    assert next(walk).dossiers == 6
    holder.let_go()
    assert sum(step.dossiers for step in walk) == 1
