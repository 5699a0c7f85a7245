"""An older master key goes out of use: everything stays readable, and nobody erased comes back."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from orchestrator.errors import DestroyedKey, InvalidInput, UnknownKey
from orchestrator.models import Dossier, Fetch, KeyInUse, Walk
from orchestrator.sealing import envelopes, keys, rotation
from orchestrator.sealing.cpf import check_digits
from orchestrator.versions import identity
from tests.integration.orchestrator.sealing.test_keys import give

__all__ = ["give"]


@pytest.fixture
def people(give):
    """Seven people whose keys are wrapped by the old master key; the new one is in front now."""
    give("old=o")
    keys.require()
    cpfs = [nine + check_digits(nine) for nine in (f"{number:09d}" for number in range(1, 8))]
    for cpf in cpfs:
        Dossier.objects.create(**identity.new_dossier(cpf))
    give("new=n old=o")
    return cpfs


def readable():
    return [identity.cpf_of(dossier) for dossier in Dossier.objects.order_by("pk")]


def test_all_are_wrapped_anew_and_the_old_key_can_go(people, give):
    steps = list(rotation.rewrap())
    assert sum(step.rewrapped for step in steps) == 7
    assert rotation.needed() == {"new": {"dossiers": 7}}
    rotation.retire("old")
    rotation.retire("old")
    give("new=n")
    keys.require()
    assert readable() == people


def test_without_it_the_old_key_cannot_go(people, give):
    with pytest.raises(InvalidInput, match="old is still needed by dossiers: 7"):
        rotation.retire("old")
    give("new=n")
    with pytest.raises(UnknownKey):
        keys.require()


def test_who_was_stopped_goes_on_there(people, monkeypatch):
    monkeypatch.setattr(rotation, "STEP", 3)
    begun = iter(rotation.rewrap())
    assert next(begun).rewrapped == 3
    del begun
    steps = list(rotation.rewrap())
    assert [(step.looked_at, step.rewrapped) for step in steps] == [(3, 3), (1, 1)]
    assert not Walk.objects.exists()
    assert readable() == people


def test_a_walk_for_an_earlier_key_is_begun_anew(people, give, monkeypatch):
    monkeypatch.setattr(rotation, "STEP", 3)
    begun = iter(rotation.rewrap())
    next(begun)
    del begun
    give("newer=w new=n old=o")
    assert sum(step.rewrapped for step in rotation.rewrap()) == 7
    assert rotation.needed() == {"newer": {"dossiers": 7}}


def test_who_is_erased_stays_erased(people):
    erased = Dossier.objects.earliest("pk")
    Dossier.objects.filter(pk=erased.pk).update(data_key=b"")
    assert sum(step.rewrapped for step in rotation.rewrap()) == 6
    with pytest.raises(DestroyedKey):
        identity.cpf_of(Dossier.objects.get(pk=erased.pk))
    rotation.retire("old")


def test_who_cannot_be_read_is_named_and_keeps_the_old_key(people):
    altered = Dossier.objects.latest("pk")
    Dossier.objects.filter(pk=altered.pk).update(data_key=bytes(altered.data_key)[:-1] + b"!")
    (step,) = rotation.rewrap()
    assert (step.rewrapped, step.unreadable) == (6, (altered.pk,))
    with pytest.raises(InvalidInput, match="still needed by dossiers: 1"):
        rotation.retire("old")


def test_an_answer_under_way_keeps_the_key_that_it_waits_under(people, ask, give):
    build = ask().build
    list(rotation.rewrap())
    give("old=o new=n")  # a process that still has the settings of before
    Fetch.objects.filter(build=build, source="alpha").update(payload_sealed=envelopes.park([], "fetch:1"))
    give("new=n old=o")
    with pytest.raises(InvalidInput, match="answers of requests under way: 1"):
        rotation.retire("old")


def test_the_current_key_and_a_stranger_are_refused(people):
    with pytest.raises(InvalidInput, match="new is the current master key"):
        rotation.retire("new")
    with pytest.raises(InvalidInput, match="No master key k9"):
        rotation.retire("k9")


def test_the_command_wraps_retires_and_tells_no_cpf(people, give):
    out, err = StringIO(), StringIO()
    call_command("rewrap_keys", retire="old", stdout=out, stderr=err)
    assert "old is retired" in out.getvalue()
    assert "new: dossiers: 7" in out.getvalue()
    assert "7 dossiers looked at, 7 wrapped anew" in err.getvalue()
    assert not any(cpf in out.getvalue() + err.getvalue() for cpf in people)
    assert not KeyInUse.objects.filter(key_id="old").exists()


def test_the_command_refuses_to_retire_the_current_key(people):
    with pytest.raises(CommandError, match="current master key"):
        call_command("rewrap_keys", retire="new", stdout=StringIO(), stderr=StringIO())
