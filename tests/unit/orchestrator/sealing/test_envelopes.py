"""Sealed values open only where they belong, and show nothing."""

from decimal import Decimal

import pytest

from orchestrator import conf
from orchestrator.errors import Unreadable
from orchestrator.sealing import envelopes

CPF = "52998224725"


def test_a_parked_value_comes_back_and_shows_nothing() -> None:
    sealed = envelopes.park({"cpf": CPF}, "here")
    assert envelopes.unpark(sealed, "here") == {"cpf": CPF}
    assert CPF.encode() not in sealed


def test_the_same_value_never_seals_to_the_same_bytes() -> None:
    assert envelopes.park([1], "here") != envelopes.park([1], "here")


def test_an_altered_value_does_not_open() -> None:
    sealed = bytearray(envelopes.park([1], "here"))
    sealed[-1] ^= 1
    with pytest.raises(Unreadable):
        envelopes.unpark(bytes(sealed), "here")


def test_a_value_sealed_for_one_place_does_not_open_in_another() -> None:
    key = envelopes.data_key(envelopes.new_data_key(b"maria")[1], b"maria")
    with pytest.raises(Unreadable):
        key.unseal(key.seal(b"content", b"version:1"), b"version:2")


def test_a_parked_value_does_not_open_in_another_place() -> None:
    with pytest.raises(Unreadable):
        envelopes.unpark(envelopes.park("Maria's", "copy:alpha:maria"), "copy:alpha:ana")


def test_a_data_key_does_not_open_for_another_dossier() -> None:
    with pytest.raises(Unreadable):
        envelopes.data_key(envelopes.new_data_key(b"maria")[1], b"ana")


def test_one_dossiers_key_does_not_open_anothers_content() -> None:
    mine, other = (envelopes.data_key(envelopes.new_data_key(b"maria")[1], b"maria") for _ in range(2))
    with pytest.raises(Unreadable):
        other.unseal(mine.seal(b"content", b"here"), b"here")


def test_an_old_master_key_still_opens_after_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

    def give(keys: str) -> None:
        monkeypatch.setenv("MASTER_KEYS", keys)
        forget()

    try:
        give(f"old:{old}")
        sealed = envelopes.park("kept", "here")
        give(f"new:{new},old:{old}")
        assert envelopes.unpark(sealed, "here") == "kept"
        assert envelopes.park("x", "here")[2:5] == b"new"
        give(f"new:{new}")
        with pytest.raises(Unreadable, match="master key"):
            envelopes.unpark(sealed, "here")
    finally:
        forget()


def forget() -> None:
    for remembered in (envelopes.masters, conf.master_keys):
        remembered.cache_clear()


def test_equal_contents_of_two_dossiers_do_not_hash_alike() -> None:
    assert envelopes.content_hash(1, b"same") != envelopes.content_hash(2, b"same")
    assert envelopes.content_hash(1, b"same") == envelopes.content_hash(1, b"same")


def test_the_canonical_form_is_one_whatever_the_order_and_the_scale() -> None:
    one = envelopes.canonical({"a": Decimal("1.5"), "b": 1})
    assert one == envelopes.canonical({"b": 1, "a": Decimal("1.50")}) == b'{"a":"1.50","b":1}'
