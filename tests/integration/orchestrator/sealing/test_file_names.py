"""What uploaded lists were called outlives the master key that it was sealed with."""

from typing import Any

import pytest

from orchestrator import runs
from orchestrator.errors import InvalidInput
from orchestrator.models import Run
from orchestrator.sealing import envelopes, file_names, keys, rotation
from tests.integration.orchestrator.sealing.test_keys import give

__all__ = ["give"]


@pytest.fixture
def named(give: Any) -> list[int]:
    """Three lists whose names the old master key seals, and one without; the new one is in front now."""
    give("old=o")
    keys.require()
    made = []
    for name in ("a.csv", "b.csv", "c.csv", ""):
        run = Run.objects.create(kind="list", purpose="collection", owner="user:1")
        Run.objects.filter(pk=run.pk).update(file_sealed=file_names.sealed(run.pk, name))
        made.append(run.pk)
    give("new=n old=o")
    return made


def test_names_are_sealed_anew_and_the_old_key_can_go(
    named: list[int], give: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_names, "_AT_ONCE", 2)
    assert rotation.needed() == {"old": {"file names of lists": 3}}
    with pytest.raises(InvalidInput, match="old is still needed by file names of lists: 3"):
        rotation.retire("old")
    list(rotation.rewrap())
    assert rotation.needed() == {"new": {"file names of lists": 3}}
    assert file_names.reseal() == 0
    rotation.retire("old")
    give("new=n")
    assert sorted(runs.file_names(named).values()) == ["a.csv", "b.csv", "c.csv"]


def test_a_name_that_was_moved_to_another_run_is_not_told(named: list[int]) -> None:
    first, second, *_ = named
    Run.objects.filter(pk=second).update(file_sealed=Run.objects.get(pk=first).file_sealed)
    assert set(runs.file_names([first, second])) == {first}
    assert file_names.reseal() == 2
    assert rotation.needed()["old"] == {"file names of lists": 1}


@pytest.mark.parametrize(
    "name",
    [
        "52998224725.csv",
        "de 529.982.247-25.xlsx",
        "x_529982247_25",
        "529,982,247\N{EN DASH}25.csv",
        "cpf 529+982+247 (25).csv",
        "\N{FULLWIDTH DIGIT FIVE}2998224725.csv",
    ],
)
def test_a_cpf_in_a_name_is_found_however_it_is_written(db: None, name: str) -> None:
    assert file_names.holds_cpf_of(name, envelopes.lookup("52998224725"))
    assert not file_names.holds_cpf_of(name, envelopes.lookup("11144477735"))
