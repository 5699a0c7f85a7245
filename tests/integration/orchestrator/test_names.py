"""The name beside a dossier: always that of the version that stands, gone with the person, and noted later
where it was not noted at once."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from orchestrator import dossiers, persons
from orchestrator.errors import UnknownKey
from orchestrator.models import Dossier, DossierRequest, Walk
from orchestrator.sealing import keys, rotation
from orchestrator.upkeep import liveness, naming, rehashing, sweeper
from orchestrator.versions import headlines, names
from tests.fakes import people
from tests.fakes.people import JOAO, MARIA
from tests.integration.orchestrator.conftest import Fakes, run
from tests.integration.orchestrator.sealing.test_keys import Give, give
from tests.integration.runs.conftest import Hands, crowd, hands, lock_out, night

__all__ = ["crowd", "give", "hands"]

Ask = Callable[..., DossierRequest]


def beside(dossier: Dossier | None = None) -> str:
    """What the row itself says, without a look at the content."""
    row = Dossier.objects.get(pk=dossier.pk) if dossier else Dossier.objects.get()
    assert row.name_version == row.latest_version
    return names.unsealed(row.data_key, row.cpf_lookup, row.name_sealed)


def unnote() -> None:
    """As it was saved before names were noted."""
    Dossier.objects.update(name_sealed=b"", name_version=0)


def rename(fakes: Fakes, name: str, cpf: str = MARIA) -> None:
    fakes["alpha"].people[cpf] = people.alpha(cpf, name=name)


def test_a_request_notes_the_name_that_the_dossier_shows(ask: Ask) -> None:
    run(ask())
    shown = dossiers.find(MARIA)
    assert shown is not None
    assert beside() == shown.person["name"] == "Maria da Silva"


def test_a_new_version_brings_its_own_name(ask: Ask, fake_sources: Fakes) -> None:
    run(ask())
    rename(fake_sources, "Maria de Souza")
    run(ask(fresh=True))
    assert beside() == "Maria de Souza"
    assert dossiers.headline(Dossier.objects.get().pk).name == "Maria de Souza"


def test_where_the_first_source_has_no_name_the_next_one_s_is_noted(ask: Ask, fake_sources: Fakes) -> None:
    rename(fake_sources, "")
    fake_sources["beta"].people[MARIA] = people.beta(MARIA, name="Maria S.")
    run(ask())
    assert beside() == "Maria S."


def test_that_nobody_knows_a_name_is_noted_too(ask: Ask) -> None:
    run(ask(cpf=JOAO))
    assert beside() == ""
    assert dossiers.headline(Dossier.objects.get().pk).name is None


def test_a_run_notes_the_same_names(hands: Hands, crowd: list[str], fake_sources: Fakes) -> None:
    night(hands)
    for dossier in Dossier.objects.all():
        shown = dossiers.load(dossier.pk)
        assert beside(dossier) == shown.person["name"]
    renamed = next(cpf for cpf in crowd if cpf != MARIA)
    fake_sources["alpha"].people[renamed]["name"] = "Outro Nome"
    night(hands)
    found = dossiers.find(renamed)
    assert found is not None
    assert beside(Dossier.objects.get(pk=found.id)) == "Outro Nome"
    assert Dossier.objects.filter(latest_version=2).count() == 1, "the others keep the name that they had"


def test_who_is_erased_has_no_name_left(ask: Ask) -> None:
    run(ask())
    persons.erase(MARIA, reason="asked for by letter", owner="user:9")
    stone = Dossier.objects.get()
    assert (bytes(stone.name_sealed), stone.name_version) == (b"", 0)
    ask()  # begins anew
    assert bytes(Dossier.objects.get().name_sealed) == b""


def test_what_was_saved_before_is_read_from_its_content_until_the_sweeper_notes_it(
    ask: Ask, fake_sources: Fakes
) -> None:
    run(ask())
    unnote()
    pk = Dossier.objects.get().pk
    assert dossiers.headline(pk).name == "Maria da Silva"
    assert headlines.all_names([pk], at_most=0).unnoted == [pk]
    sweeper.sweep()
    assert beside() == "Maria da Silva"


def test_a_defect_in_noting_holds_up_nothing_else(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def defect() -> int:
        raise ValueError("no such content")

    asked: list[str] = []
    monkeypatch.setattr(naming, "note", defect)
    monkeypatch.setattr(liveness, "ask_all", lambda: asked.append("all"))
    assert sweeper.sweep()
    assert asked == ["all"]


def test_a_version_that_an_older_release_saved_beside_us_is_not_taken_for_the_one_before(
    ask: Ask, fake_sources: Fakes
) -> None:
    run(ask())
    before = Dossier.objects.values_list("name_sealed", "name_version").get()
    rename(fake_sources, "Maria de Souza")
    run(ask(fresh=True))
    Dossier.objects.update(name_sealed=before[0], name_version=before[1])
    assert dossiers.headline(Dossier.objects.get().pk).name == "Maria de Souza"
    naming.note()
    assert beside() == "Maria de Souza"


def test_the_walk_goes_on_where_it_was_and_rests_at_the_end(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    night(hands)
    unnote()
    monkeypatch.setattr(naming, "OPENED", 3)
    assert [naming.note() for _ in range(4)] == [3, 3, 1, 0]
    assert "rests_until" in Walk.objects.get(name="names").position
    unnote()
    assert naming.note() == 0, "it rests"


def test_a_walk_that_looks_at_few_comes_to_the_end_too(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    night(hands)
    unnote()
    monkeypatch.setattr(naming, "STEP", 2)
    assert sum(naming.note() for _ in range(5)) == 7


def test_who_is_erased_while_the_walk_has_their_name_is_not_noted(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(ask())
    unnote()
    read = list(headlines.in_contents([Dossier.objects.get().pk]))
    monkeypatch.setattr(headlines, "in_contents", lambda _: iter(read))
    persons.erase(MARIA, reason="asked for by letter", owner="user:9")
    Walk.objects.filter(name="names").delete()
    naming.note()
    assert bytes(Dossier.objects.get().name_sealed) == b""


def test_names_stay_readable_when_keys_are_replaced(ask: Ask, give: Give) -> None:
    give("old=o")
    keys.require()
    run(ask())
    give("new=n old=o", lookups="later=m")
    list(rotation.rewrap())
    list(rehashing.rehash())
    rotation.retire("old")
    give("new=n", lookups="later=m")
    keys.require()
    assert beside() == "Maria da Silva"


def test_one_who_cannot_be_read_is_told_apart_and_hides_nobody_else(hands: Hands, crowd: list[str]) -> None:
    night(hands)
    locked = lock_out(MARIA)
    told = dossiers.headlines(list(Dossier.objects.values_list("pk", flat=True)))
    assert isinstance(told.pop(locked), UnknownKey)
    assert sorted(str(each.name) for each in told.values()) == [  # type: ignore[union-attr]
        f"Pessoa {number}" for number in range(7) if number != crowd.index(MARIA)
    ]


def test_headlines_cost_the_same_however_many_they_are(
    hands: Hands, crowd: list[str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    night(hands)
    ids = list(Dossier.objects.values_list("pk", flat=True))
    for some in (ids[:1], ids):
        with django_assert_num_queries(2):
            assert len(dossiers.headlines(some)) == len(some)
