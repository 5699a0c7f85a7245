"""Settings that contradict each other stop a worker at its start, and say what to change."""

from base64 import b64encode
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured

from orchestrator import conf


def test_who_waits_for_a_source_is_not_to_be_killed_as_if_it_hung(monkeypatch: pytest.MonkeyPatch) -> None:
    conf.require([])
    monkeypatch.setattr(conf, "RUN_CALL_SECONDS", conf.RUN_LEASE_SECONDS - conf.RUN_PATIENCE_SECONDS)
    with pytest.raises(ImproperlyConfigured, match="RUN_LEASE_SECONDS is 60; it must be above"):
        conf.require([])


ONE, TWO = (b64encode(letter * 32).decode() for letter in (b"1", b"2"))


@pytest.fixture(autouse=True)
def _keys_are_read_anew() -> Iterator[None]:
    def forget() -> None:
        for remembered in (conf.master_keys, conf.lookup_keys):
            remembered.cache_clear()

    forget()
    yield
    forget()


def test_keys_stand_apart_by_commas_or_by_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for between in (",", "\n", " ,\n"):
        conf.master_keys.cache_clear()
        monkeypatch.setenv("MASTER_KEYS", f"new:{ONE}{between}old:{TWO}\n")
        assert list(conf.master_keys().items()) == [("new", b"1" * 32), ("old", b"2" * 32)]


def test_the_lookup_key_without_a_name_stands_behind_those_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKUP_KEYS", f"next:{TWO}")
    monkeypatch.setenv("LOOKUP_KEY", ONE)
    assert list(conf.lookup_keys().items()) == [("next", b"2" * 32), ("", b"1" * 32)]


@pytest.mark.parametrize("given", [{"LOOKUP_KEYS": f"next:{TWO}"}, {"LOOKUP_KEY": ONE}])
def test_either_kind_of_lookup_key_is_enough(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOKUP_KEYS", "LOOKUP_KEY"):
        monkeypatch.setenv(name, given.get(name, ""))
    assert len(conf.lookup_keys()) == 1


@pytest.mark.parametrize("wrong", [f"a:{ONE},a:{TWO}", f":{ONE}", ONE, "a:short", "", f"é:{ONE}"])
def test_keys_that_cannot_be_told_apart_or_are_none_are_refused(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKUP_KEYS", wrong)
    monkeypatch.setenv("LOOKUP_KEY", "")
    with pytest.raises(ImproperlyConfigured, match="LOOKUP_KEY") as refused:
        conf.lookup_keys()
    assert ONE not in str(refused.value)
