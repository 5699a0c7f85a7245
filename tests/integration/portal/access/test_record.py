"""The record of access: what is written, once for a look, chained, and altered by nobody unnoticed."""

from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from orchestrator import dossiers
from portal.access import record
from portal.access.audit import anchoring, auditing
from portal.access.readers import Reader, at_terminal
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import May
from tests.fakes.people import MARIA
from tests.integration.portal.access.conftest import Asked, People, records
from tests.integration.portal.conftest import Machine, crowd, dossier_url, hands, listing
from tests.integration.runs.conftest import Hands, finish

__all__ = ["crowd", "hands"]


def test_a_look_says_who_whose_why_and_how_much(people: People, asked: Asked) -> None:
    current = asked()
    people["colleague"].get(dossier_url(current))
    (told,) = records(action="look")
    colleague = people.users["colleague"]
    assert told["actor"] == f"user:{colleague.pk}"
    assert told["team"] == f"team:{colleague.memberships.get().team_id}"
    assert (told["basis"], told["purpose"], told["outcome"]) == ("team", "credit_analysis", "shown")
    assert (told["dossier_id"], told["version"]) == (current.dossier_id, 1)
    assert bytes(told["person"]) == dossiers.keyed_hash(MARIA)  # type: ignore[call-overload]
    assert told["amount"] == dossiers.load(current.dossier_id).amount > 0
    assert MARIA not in str(told)


@pytest.mark.parametrize("door", ["versions/9/", "versions/9/rows/"])
def test_a_look_at_a_version_that_there_is_not_is_on_record_as_not_found(
    people: People, asked: Asked, door: str
) -> None:
    url, section = f"{dossier_url(asked())}{door}", {"section": "debts"}
    browser = people["analyst"]
    response = browser.post(url, section) if door.endswith("rows/") else browser.get(url)
    assert response.status_code == 404
    assert [each["version"] for each in records(action="look", outcome="not_found")] == [9]


def test_a_page_that_is_looked_at_again_is_one_look_and_another_version_another(
    people: People, asked: Asked
) -> None:
    current = asked()
    url = dossier_url(current)
    for _ in range(3):
        people["analyst"].get(url)
    assert len(records(action="look")) == 1
    people["colleague"].get(url)
    people["analyst"].get(f"{url}diff/?from=1&to=1")
    assert [(each["action"], each["version"]) for each in records()] == [
        ("look", 1),
        ("look", 1),
        ("diff", 1),
    ]


def test_every_way_to_a_dossier_leaves_a_record(people: People, asked: Asked, machine: Machine) -> None:
    current = asked()
    reader = machine("dossier:read", "dossier:all")
    api = f"/api/customers-dossiers/{current.dossier_id}/"
    ways: dict[str, Callable[[], Any]] = {
        "look": lambda: reader.get(api),
        "diff": lambda: reader.get(f"{api}diff/?from=1&to=1"),
        "headline": lambda: people["analyst"].get(f"/requests/{current.request_id}/attempts/"),
        "pin": lambda: people["analyst"].post(f"{dossier_url(current)}versions/1/pin/", {"pinned": "yes"}),
        "unpin": lambda: people["analyst"].post(f"{dossier_url(current)}versions/1/pin/", {"pinned": "no"}),
        "retry": lambda: people["analyst"].post(f"/requests/{current.request_id}/cancel/"),
    }
    for action, go in ways.items():
        before = len(records())
        assert go().status_code in (200, 302), action
        assert len(records()) > before, action


def test_a_search_for_somebody_who_is_not_there_is_recorded(machine: Machine) -> None:
    machine("dossier:read").post(
        "/api/customers-dossiers/search/", {"cpf": MARIA}, content_type="application/json"
    )
    (told,) = records(action="find")
    assert told["outcome"] == "not_found"
    assert bytes(told["person"]) == dossiers.keyed_hash(MARIA)  # type: ignore[call-overload]


def test_an_export_leaves_one_record_a_part_with_everybody_in_it(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    form = {"file": listing(*crowd[:3]), "purpose": "collection"}
    url = people["supervisor"].post("/runs/", form)["Location"]
    finish(hands, int(url.split("/")[2]))
    b"".join(people["supervisor"].get(f"{url}results/").streaming_content)  # type: ignore[attr-defined]
    (told,) = records(action="export")
    assert {bytes(each) for each in told["people"]} == {dossiers.keyed_hash(cpf) for cpf in crowd[:3]}  # type: ignore[attr-defined]
    assert told["amount"] == 3
    assert [each["action"] for each in records(actor=told["actor"])] == ["run_start", "export"]


@contextmanager
def without_record() -> Any:
    """The record cannot be written meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("alter function access_append rename to access_append_away")
        try:
            yield
        finally:
            cursor.execute("alter function access_append_away rename to access_append")


@pytest.mark.django_db(transaction=True)
def test_where_the_record_cannot_be_written_nothing_is_shown(
    people: People, asked: Asked, machine: Machine
) -> None:
    current = asked()
    people["analyst"].raise_request_exception = False
    reader = machine("dossier:read", "dossier:all")
    reader.raise_request_exception = False
    with without_record():
        page = people["analyst"].get(dossier_url(current))
        answer = reader.get(f"/api/customers-dossiers/{current.dossier_id}/")
    for response in (page, answer):
        assert response.status_code in (500, 503)
        assert b"Maria" not in response.content
    assert people["analyst"].get(dossier_url(current)).status_code == 200


def look(reader: Reader | None = None, dossier_id: int = 1) -> None:
    entry = AccessEntry(action=Action.LOOK, outcome=Verdict.SHOWN, dossier_id=dossier_id, version=1)
    record.add(reader or at_terminal(), entry)


@pytest.mark.django_db
class TestWhole:
    """`verify_access_log` on a record of forty."""

    @pytest.fixture(autouse=True)
    def _forty(self) -> None:
        for number in range(40):
            look(dossier_id=number)
        anchoring.anchor()

    def test_a_record_that_nobody_touched_is_whole(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("verify_access_log")
        assert capsys.readouterr().out.startswith("40 records in 1 months")

    def test_chains_stand_beside_each_other(self) -> None:
        assert len({each["chain"] for each in records()}) > 4

    @pytest.mark.parametrize(
        "harm",
        [
            "update access_record set actor = 'user:7' where position = 1",
            "update access_record set at = at - interval '1 hour' where position = 1",
            "update access_record set person = '\\x00' where position = 2",
            "delete from access_record where position = 1",
            "delete from access_record as r where position ="
            " (select max(position) from access_record as o where o.chain = r.chain)",
            "delete from access_record",
            "update access_anchor set digest = '\\x00'",
        ],
    )
    def test_what_the_owner_alters_past_the_trigger_is_noticed(self, harm: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("alter table access_record disable trigger access_record_stands")
            cursor.execute("alter table access_anchor disable trigger access_anchor_stands")
            cursor.execute(harm)
        with pytest.raises(CommandError, match="not what it was"):
            call_command("verify_access_log")

    @pytest.mark.parametrize(
        "harm",
        [
            "update access_record set actor = 'user:7'",
            "delete from access_record",
            "truncate access_record",
            "update access_anchor set digest = '\\x00'",
            "delete from access_anchor",
            "truncate access_anchor",
        ],
    )
    def test_the_trigger_refuses_whoever_has_the_grant(self, harm: str) -> None:
        with (
            pytest.raises(DatabaseError, match="only added to"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(harm)
        call_command("verify_access_log")

    def test_a_month_is_dropped_by_a_signed_anchor_and_the_rest_is_whole(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (month,) = anchoring.months()
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
        assert anchoring.drop(month) == 40
        call_command("verify_access_log")
        assert f"dropped when they were old: {month:%Y-%m}" in capsys.readouterr().out
        look()
        with suppress(CommandError):
            call_command("verify_access_log")


@pytest.mark.django_db(transaction=True)
def test_a_record_that_is_taken_away_slowly_holds_no_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends one that is idle for twenty seconds, and the file with it."""
    monkeypatch.setattr(auditing, "_AT_ONCE", 1)
    for number in range(3):
        look(dossier_id=number)
    auditor = Reader(owner="user:1", allowed=frozenset({May.READ_RECORD}))
    lines = auditing.everything(auditor, auditing.Wanted(action="look"))
    first = next(lines)
    assert not connection.in_atomic_block
    assert [first.dossier_id, *(line.dossier_id for line in lines)] == [2, 1, 0]
    lines = auditing.everything(auditor, auditing.Wanted(action="look"))
    next(lines)
    lines.close()  # who took it has gone
    assert len(list(auditing.everything(auditor, auditing.Wanted(action="look")))) == 3
