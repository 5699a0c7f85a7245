"""Deciding by a version: who may, who reads it, what is recorded, and what an erasure leaves of it."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from portal.access.record import Action
from tests.fakes import people as fakes
from tests.fakes.people import MARIA
from tests.integration.portal.access.conftest import Asked, People, records
from tests.integration.portal.conftest import DOSSIERS, Fakes, Machine, conforms, page, post

SAID = "Sem renda comprovada; <b>pedir</b> holerite"


def decide(browser: Client, dossier_id: int, number: int = 1, **told: str) -> Any:
    form = {"kind": "refuse", "text": SAID, **told}
    return browser.post(f"/dossiers/{dossier_id}/versions/{number}/decide/", form)


def test_a_decision_stands_on_the_dossier_s_page_and_in_its_history(people: People, asked: Asked) -> None:
    current = asked()
    done = decide(people["analyst"], current.dossier_id)
    assert (done.status_code, done["Location"]) == (302, f"/dossiers/{current.dossier_id}/versions/1/")
    shown = page(people["colleague"], f"/dossiers/{current.dossier_id}/")
    assert "Sem renda comprovada; &lt;b&gt;pedir&lt;/b&gt; holerite" in shown
    assert "versão 1, por analyst" in shown
    history = shown[shown.index('id="versions"') :]
    assert "recusado" in history


def test_in_english_it_is_told_in_english(people: People, asked: Asked) -> None:
    current = asked()
    people["analyst"].post("/setlang/", {"language": "en", "next": "/"})
    decide(people["analyst"], current.dossier_id, kind="ask_papers")
    shown = page(people["analyst"], f"/dossiers/{current.dossier_id}/")
    assert "papers asked for" in shown
    assert "Decide by version 1" in shown


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"kind": "note", "text": " "}, "Escreva a nota."),
        ({"text": "x" * 4001}, "O texto passa de 4.000 caracteres."),
        ({"kind": "score"}, "id_kind_error"),
    ],
)
def test_what_is_refused_stays_in_the_form(
    people: People, asked: Asked, told: dict[str, Any], why: str
) -> None:
    current = asked()
    refused = decide(people["analyst"], current.dossier_id, **told)
    assert refused.status_code == 400
    shown = refused.content.decode()
    assert why in shown
    assert told.get("text", "Sem renda")[:10].strip() in shown
    assert "Nada foi decidido" in page(people["analyst"], f"/dossiers/{current.dossier_id}/")


def test_who_may_not_see_the_version_neither_decides_by_it_nor_reads_it(
    people: People, asked: Asked, fake_sources: Fakes
) -> None:
    current = asked()
    decide(people["analyst"], current.dossier_id)
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("7.00",))
    asked()
    asked("elsewhere")  # when the second version stood
    assert decide(people["elsewhere"], current.dossier_id, 1).status_code == 404
    assert people["elsewhere"].get(f"/dossiers/{current.dossier_id}/versions/1/decide/").status_code == 404
    shown = page(people["elsewhere"], f"/dossiers/{current.dossier_id}/")
    assert "Sem renda" not in shown
    assert decide(people["supervisor_elsewhere"], current.dossier_id, 1).status_code == 302  # sees older ones
    assert decide(people["auditor"], current.dossier_id).status_code == 403
    assert [each["version"] for each in records(action="decide", outcome="not_found")] == [1]


def test_to_decide_by_a_version_that_there_is_not_is_on_record_as_not_found(
    people: People, asked: Asked
) -> None:
    current = asked()
    assert decide(people["analyst"], current.dossier_id, 2).status_code == 404
    (told,) = records(action="decide")
    assert (told["outcome"], told["dossier_id"], told["version"]) == ("not_found", current.dossier_id, 2)


def test_that_somebody_decided_is_on_record_and_what_is_not(people: People, asked: Asked) -> None:
    current = asked()
    decide(people["analyst"], current.dossier_id)
    (told,) = records(action=str(Action.DECIDE))
    assert (told["outcome"], told["version"], told["basis"]) == ("done", 1, "own")
    assert told["dossier_id"] == current.dossier_id
    assert "refuse" not in str(told)
    assert "holerite" not in str(told)
    shown = people["auditor"].post("/record/", {"action": "decide"}).content.decode()
    assert "decidiu por uma versão, ou anotou nela" in shown


def test_a_machine_decides_by_what_it_asked_for_and_reads_it(
    machine: Machine, people: People, asked: Asked
) -> None:
    current = asked()
    base = f"{DOSSIERS}{current.dossier_id}/versions/1/decisions/"
    both = ("dossier:request", "dossier:read")
    assert post(machine(*both), base, {"kind": "approve"}).status_code == 404  # not its own
    client = machine(*both, "dossier:all")
    made = post(client, base, {"kind": "approve", "text": " ok "})
    assert made.status_code == 201
    conforms(made.json(), "Decision")
    assert made.json()["text"] == "ok"
    assert post(client, base, {"kind": "approve", "text": "ok"}).json() == made.json()
    listed = client.get(base).json()
    conforms(listed, "Decision", many=True)
    assert listed == [made.json()]
    (version,) = client.get(f"{DOSSIERS}{current.dossier_id}/versions/").json()
    assert version["decisions"] == 1
    assert client.get(base.replace("/1/decisions", "/2/decisions")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "score"}, "kind"),
        ({"kind": "note"}, "text"),
        ({"kind": "note", "text": "x" * 4001}, "text"),
        ({"kind": "note", "text": "\x00"}, "text"),
        ({"kind": "note", "text": "x", "score": 7}, "score"),
    ],
)
def test_a_bad_input_is_named(machine: Machine, asked: Asked, body: dict[str, object], field: str) -> None:
    client = machine("dossier:request", "dossier:read", "dossier:all")
    refused = post(client, f"{DOSSIERS}{asked().dossier_id}/versions/1/decisions/", body)
    assert refused.status_code == 400
    assert field in json.dumps(refused.json())


def test_the_person_s_report_tells_it_and_after_an_erasure_nothing_does(people: People, asked: Asked) -> None:
    current = asked()
    decide(people["analyst"], current.dossier_id)
    form = {"cpf": MARIA, "act": "json"}
    (told,) = json.loads(people["privacy_officer"].post("/persons/act/", form).content)["decisions"]
    assert (told["kind"], told["text"], told["version"]) == ("refuse", SAID, 1)
    shown = people["privacy_officer"].post("/persons/act/", {**form, "act": "report"}).content.decode()
    assert "Sem renda comprovada" in shown
    assert "LGPD, art. 20" in shown
    erase = {"cpf": MARIA, "act": "erase", "note": "pedido", "sure": "on"}
    assert (
        "decisões e notas, o texto delas"
        in people["privacy_officer"].post("/persons/act/", erase).content.decode()
    )
    for role in ("analyst", "supervisor"):
        for path in ("", "versions/1/", "versions/1/decide/"):
            gone = people[role].get(f"/dossiers/{current.dossier_id}/{path}")
            assert gone.status_code in (404, 410)
    assert decide(people["analyst"], current.dossier_id).status_code in (404, 410)
    after = json.loads(people["privacy_officer"].post("/persons/act/", form).content)
    assert after["decisions"] == []
    assert not readable_anywhere("holerite")


def readable_anywhere(word: str) -> list[str]:
    """The tables in which a word can be read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select oid::regclass::text from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for name in tables:
            cursor.execute(f"select count(*) from {name} as each where each::text ilike %s", [f"%{word}%"])
            found += [name] * bool(cursor.fetchone()[0])
    return found
