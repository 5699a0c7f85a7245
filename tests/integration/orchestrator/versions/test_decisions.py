"""Decisions on versions: sealed, written once, kept with their version, and gone with the person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from orchestrator import conf, dossiers, persons
from orchestrator.errors import DestroyedKey, InvalidInput, NotFound, Unreadable
from orchestrator.models import Decision, Dossier, DossierRequest, Snapshot
from orchestrator.records.decisions import Decided, DecisionKind
from orchestrator.upkeep import retention
from tests.fakes import people
from tests.fakes.people import MARIA
from tests.integration.orchestrator.conftest import Fakes, run

Ask = Callable[..., DossierRequest]

SAID = "Renda não comprovada: pedir holerite"
LONG_AGO = Now() - timedelta(days=conf.RETENTION_DAYS + 1)


@pytest.fixture
def built(ask: Ask, fake_sources: Fakes) -> int:
    """Maria's dossier at its second version."""
    run(ask())
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("2.00",))
    run(ask(fresh=True))
    return int(Dossier.objects.get().pk)


def decide(dossier_id: int, number: int = 1, **told: Any) -> Decided:
    given = {"kind": "refuse", "text": SAID, "owner": "user:1", **told}
    return dossiers.decide(dossier_id, number, **given)


def test_what_was_decided_is_told_with_by_whom_and_when_the_newest_first(built: int) -> None:
    first, second = decide(built), decide(built, 2, kind="approve", text=" ", owner="client:a")
    told = dossiers.decisions(built)
    assert told == (second, first)
    assert (first.version, first.kind, first.text, first.owner) == (1, DecisionKind.REFUSE, SAID, "user:1")
    assert (second.kind, second.text) == (DecisionKind.APPROVE, "")
    assert first.at <= second.at
    assert [each.decisions for each in dossiers.versions(built)] == [1, 1]


def test_neither_text_nor_kind_is_readable_in_the_tables(built: int) -> None:
    decide(built)
    row = Decision.objects.get()
    stored = " ".join(str(value) for value in vars(row).values()) + repr(bytes(row.content_sealed))
    assert "holerite" not in stored
    assert "refuse" not in stored
    assert SAID not in repr(dossiers.decisions(built))  # nor where a record is written out


def test_the_same_said_twice_at_once_is_one_decision_and_after_another_it_is_a_new_one(built: int) -> None:
    first = decide(built)
    assert decide(built, text=f"{SAID}\r\n") == first
    assert decide(built, owner="user:2") != first
    assert decide(built) != first
    assert Decision.objects.count() == 3


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"kind": "score"}, "kind", "unknown"),
        ({"kind": ""}, "kind", "unknown"),
        ({"kind": "note", "text": " \n"}, "text", "empty"),
        ({"text": "x" * 4001}, "text", "length"),
    ],
)
def test_what_cannot_be_written_down_is_refused_by_its_field(
    built: int, told: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        decide(built, **told)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert not Decision.objects.exists()


def test_four_thousand_characters_fit_whatever_they_are(built: int) -> None:
    text = "ç😀\n" * 1333 + "!"
    assert decide(built, text=text).text == text
    assert dossiers.decisions(built)[0].text == text


@pytest.mark.parametrize(("dossier", "number"), [(None, 3), (None, 0), (2**40, 1)])
def test_only_a_version_that_there_is_can_be_decided_by(built: int, dossier: int | None, number: int) -> None:
    with pytest.raises(NotFound):
        decide(dossier or built, number)


@pytest.mark.parametrize(
    "change",
    [
        {"content_sealed": b"other"},
        {"owner": "user:2"},
        {"number": 2},
        {"created_at": Now()},
        {"content_sealed": b"", "owner": "user:2"},
    ],
)
def test_a_decision_is_never_changed(built: int, change: dict[str, Any]) -> None:
    decide(built)
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.update(**change)
    assert dossiers.decisions(built)[0].text == SAID


def test_one_that_was_moved_to_somebody_else_past_the_trigger_cannot_be_read(built: int) -> None:
    decide(built)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")  # or there is something pending on the table
        cursor.execute("alter table orchestrator_decision disable trigger orchestrator_decision_stands")
        cursor.execute("update orchestrator_decision set owner = 'user:2'")
        cursor.execute("alter table orchestrator_decision enable trigger orchestrator_decision_stands")
    with pytest.raises(Unreadable):
        dossiers.decisions(built)


def test_of_who_is_erased_no_decision_is_left_to_read(built: int, ask: Ask) -> None:
    decide(built)
    erased = persons.erase(MARIA, reason="asked for by letter", owner="user:9")
    assert erased.removed["decisions"] == 1
    assert {each.kind: each.number for each in erased.stands}["decision_dates"] == 1, "who, and when"
    assert bytes(Decision.objects.get().content_sealed) == b""
    assert Snapshot.objects.filter(decided_at__isnull=False).count() == 0
    assert dossiers.decisions(built) == ()
    with pytest.raises(DestroyedKey):
        decide(built)
    run(ask(fresh=True))  # a new dossier in the same row
    assert dossiers.decisions(built) == ()
    assert [each.decisions for each in dossiers.versions(built)] == [0]


def test_a_version_that_was_decided_by_is_kept_five_years_from_then_and_goes_with_its_decisions(
    built: int,
) -> None:
    decide(built)
    Snapshot.objects.update(created_at=LONG_AGO)
    assert retention.forget()["versions"] == 0
    assert dossiers.decisions(built)
    Snapshot.objects.update(decided_at=Now() - timedelta(days=conf.DECISION_DAYS + 1))
    aged(conf.DECISION_DAYS + 1)
    told = retention.forget()
    assert (told["versions"], told["decisions"]) == (1, 1)
    assert dossiers.decisions(built) == ()


def test_what_was_decided_by_a_version_that_still_stands_stays_with_it(built: int) -> None:
    decide(built, 2)
    Snapshot.objects.update(created_at=LONG_AGO, decided_at=LONG_AGO)
    aged(conf.DECISION_DAYS + 1)
    assert retention.forget()["decisions"] == 0
    assert Decision.objects.filter(number=2).exists()


def aged(days: int) -> None:
    """As if all decisions had been made so many days ago."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")  # or there is something pending on the table
        cursor.execute("alter table orchestrator_decision disable trigger orchestrator_decision_stands")
        cursor.execute(
            "update orchestrator_decision set created_at = now() - make_interval(days => %s)", [days]
        )
        cursor.execute("alter table orchestrator_decision enable trigger orchestrator_decision_stands")
