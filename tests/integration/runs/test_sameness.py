"""What is the same makes no version, however a source writes it, and whatever form it was stored in."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from orchestrator import dossiers
from orchestrator.batch.work import deciding, writing
from orchestrator.clients import registry
from orchestrator.models import Dossier, Fetch, Snapshot
from orchestrator.records.runs import Totals
from orchestrator.records.sources import Column, Kind, Label, Section
from orchestrator.requests import building
from orchestrator.sealing import envelopes
from orchestrator.versions import snapshots
from tests.fakes.people import MARIA
from tests.integration.runs.conftest import Fakes, Hands, night

LABEL = Label(pt="…", en="…")


def asked_again() -> str | None:
    """Maria's dossier, asked for by a person; what came of it."""
    accepted = dossiers.request(cpf=MARIA, purpose="credit_analysis", owner="user:1", fresh=True)
    for fetch in Fetch.objects.filter(build__requests=accepted.request_id):
        building.fetch(fetch.pk)
    return dossiers.status(accepted.request_id).outcome


def _unknown_field(items: dict[str, Any]) -> None:
    for item in items.values():
        item["score"] = 1


def _rows_reversed(items: dict[str, Any]) -> None:
    for item in items.values():
        item.update({key: value[::-1] for key, value in item.items() if isinstance(value, list)})


def _keys_reversed(items: dict[str, Any]) -> None:
    for name, item in items.items():
        items[name] = dict(reversed(item.items()))


def _born(written: str) -> Callable[[dict[str, Any]], None]:
    return lambda items: items["beta"].update(date_birth=written)


def _bought(written: str) -> Callable[[dict[str, Any]], None]:
    return lambda items: items["capa"]["last_purchase"].update(date=written)


SAME: dict[str, Callable[[dict[str, Any]], Any]] = {
    "rows in another order": _rows_reversed,
    "keys in another order": _keys_reversed,
    "an unknown field more": _unknown_field,
    "composed otherwise": lambda items: items["alpha"].update(name="Joa\u0303o"),
    "a trailing blank": lambda items: items["alpha"].update(address="Rua das Flores, 10 "),
    "a birth date with an offset": _born("1985-03-02T00:00:00-03:00"),
    "a birth date alone": _born("1985-03-02"),
    "milliseconds": _bought("2026-10-05T11:48:00.250-03:00"),
    "another zone": _bought("2026-10-05T14:48:00Z"),
    "money as a number": lambda items: items["alpha"]["debts"][0].update(value=1000),
}


@pytest.mark.parametrize("how", SAME)
def test_what_is_the_same_makes_no_version_at_night_nor_by_day(
    hands: Hands, fake_sources: Fakes, how: str
) -> None:
    for fake in fake_sources.values():
        fake.people[MARIA].update({"name": "João"} if fake.name == "alpha" else {})
    fake_sources["alpha"].people[MARIA]["debts"] *= 2
    night(hands)
    items = {name: json.loads(json.dumps(fake.people[MARIA])) for name, fake in fake_sources.items()}
    SAME[how](items)
    for name, fake in fake_sources.items():
        fake.people[MARIA] = items[name]
    assert asked_again() == "unchanged"
    assert night(hands).totals == Totals(unchanged=1)
    assert Snapshot.objects.count() == 1


def test_one_cent_makes_a_version_that_tells_one_changed_row(hands: Hands, fake_sources: Fakes) -> None:
    fake_sources["alpha"].people[MARIA]["debts"][0]["value"] = "35.50"
    night(hands)
    fake_sources["alpha"].people[MARIA]["debts"][0]["value"] = "35.51"
    told = night(hands)
    assert (told.totals, told.most_changed[0][1]) == (Totals(changed=1), 1)
    (section,) = dossiers.diff(Dossier.objects.get().pk, 1, 2).sections
    ((before, after),) = section.changed
    assert (str(before["value"]), str(after["value"])) == ("35.50", "35.51")
    assert section.added == section.removed == ()


def test_a_thousands_point_is_put_aside_and_what_stood_stands(hands: Hands, fake_sources: Fakes) -> None:
    night(hands)
    fake_sources["alpha"].people[MARIA]["debts"][0]["value"] = "1.234"
    assert night(hands).totals == Totals(partial=1)
    view = dossiers.find(MARIA)
    assert view
    assert (view.version, view.provenance["alpha"].error_code) == (1, "bad_answer")


def as_of_before(dossier: Dossier) -> None:
    """Writes a dossier's version as it was written once: births were instants, texts came as they were."""
    version = Snapshot.objects.get(dossier=dossier)
    key = envelopes.data_key(dossier.data_key, dossier.cpf_lookup)
    stored: Any = snapshots.unsealed(dossier.data_key, dossier.cpf_lookup, 1, version.content_sealed)
    stored["beta"]["person"] |= {"date_birth": "1985-03-02T03:00:00Z", "address": "Av. Beta, 20 "}
    written = envelopes.canonical(stored)
    Snapshot.objects.filter(dossier=dossier).update(
        content_sealed=key.seal(envelopes.pack(written), b"version:1"),
        content_hash=envelopes.content_hash(dossier.pk, snapshots.ordered(written)),
    )
    Dossier.objects.filter(pk=dossier.pk).update(answers_hash=b"of another reading")


def test_the_first_night_after_the_form_of_facts_moved_makes_no_version(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    night(hands)
    for dossier in Dossier.objects.all():
        as_of_before(dossier)
    assert night(hands).totals == Totals(unchanged=7)
    assert Snapshot.objects.count() == 7
    Dossier.objects.update(answers_hash=b"")  # so that answers are read, and contents need not be opened
    opened: list[object] = []

    def contents(standings: Iterable[object]) -> tuple[dict[int, Any], dict[int, str]]:
        opened.extend(standings)
        return {}, {}

    monkeypatch.setattr(writing, "contents", contents)
    assert night(hands).totals == Totals(unchanged=7)
    assert opened == []


def test_nor_does_an_ask_and_the_diff_shows_no_two_values_that_look_alike(
    hands: Hands, fake_sources: Fakes
) -> None:
    night(hands)
    as_of_before(Dossier.objects.get())
    assert [asked_again(), asked_again()] == ["unchanged", "unchanged"]
    fake_sources["alpha"].people[MARIA]["name"] = "Maria Souza"
    assert asked_again() == "new_version"
    diff = dossiers.diff(Dossier.objects.get().pk, 1, 2)
    assert [change.field for change in diff.person] == ["name"]


GUARANTEES = Section(
    key="guarantees",
    label=LABEL,
    total="value",
    columns=(Column(key="value", kind=Kind.MONEY, label=LABEL),),
)


@pytest.fixture
def declare_guarantees(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """From the call on Alpha declares a section more, and a value of the person."""
    nickname = Column(key="nickname", kind=Kind.TEXT, label=LABEL)

    def declare() -> None:
        alpha, *others = registry.SOURCES
        more = replace(alpha, sections=(*alpha.sections, GUARANTEES), person=(*alpha.person, nickname))
        monkeypatch.setattr(registry, "SOURCES", (more, *others))
        monkeypatch.setattr(dossiers, "SOURCES", (more, *others))
        _forget()

    yield declare
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for remembered in (registry.client, deciding.parser, deciding.reading):
        remembered.cache_clear()


def know_guarantees(fakes: Fakes) -> None:
    for item in fakes["alpha"].people.values():
        item |= {"nickname": "Mari", "guarantees": [{"value": "5.00"}]}


def test_a_section_that_was_never_asked_for_is_unknown_until_everybody_is_read_again(
    hands: Hands, crowd: list[str], fake_sources: Fakes, declare_guarantees: Callable[[], None]
) -> None:
    know_guarantees(fake_sources)  # the answers' bytes do not move
    night(hands)
    declare_guarantees()
    before = dossiers.find(crowd[0])
    assert before
    assert "guarantees" not in before.blocks["alpha"].sections
    assert night(hands).totals == Totals(changed=7)
    (change,) = dossiers.diff(before.id, 1, 2).sections
    assert (change.section, change.comparable, change.never_asked) == ("guarantees", False, True)
    assert dossiers.diff(before.id, 1, 2).person == ()
    after = dossiers.find(crowd[0])
    assert after
    assert (len(after.blocks["alpha"].sections["guarantees"]), after.person["nickname"]) == (1, "Mari")


def test_a_kept_copy_of_another_declaration_is_none(
    hands: Hands, fake_sources: Fakes, declare_guarantees: Callable[[], None]
) -> None:
    know_guarantees(fake_sources)
    asked_again()
    declare_guarantees()
    accepted = dossiers.request(cpf=MARIA, purpose="credit_analysis", owner="user:1")
    for fetch in Fetch.objects.filter(build__requests=accepted.request_id):
        building.fetch(fetch.pk)
    origins = {each.source: each.origin for each in dossiers.status(accepted.request_id).sources}
    assert origins == {"alpha": "live", "beta": "cache", "capa": "cache"}
