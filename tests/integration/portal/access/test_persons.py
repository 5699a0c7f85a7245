"""A person's rights: what is held of them and who looked, contests that every reader is told of, corrections,
erasure, and the register with its legal dates."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils.timezone import localdate

from orchestrator import dossiers
from orchestrator.models import Dossier, DossierRequest
from portal.access import record
from portal.access.models import Contest, PersonRequest
from portal.access.readers import Reader, at_terminal
from portal.access.record import AccessEntry, Action, Verdict
from tests.fakes import people as fakes
from tests.fakes.people import JOAO, MARIA
from tests.integration.portal.access.conftest import Asked, People, records
from tests.integration.portal.conftest import Fakes, Machine, dossier_url, page, work

CPF = "529.982.247-25"


def act(officer: Client, what: str, cpf: str = CPF, **given: str) -> HttpResponseBase:
    return officer.post("/persons/act/", {"cpf": cpf, "act": what, **given})


def text(response: HttpResponseBase) -> str:
    return " ".join(response.content.decode().split())  # type: ignore[attr-defined]


def test_a_report_tells_what_is_held_who_asked_what_for_and_who_looked(people: People, asked: Asked) -> None:
    current = asked()
    people["colleague"].get(dossier_url(current))
    shown = text(act(people["privacy_officer"], "report"))
    for told in (
        "Maria da Silva",
        CPF,
        "analyst",
        "colleague",
        "Análise de crédito",
        "viu o dossiê",
        "Versão 1",
    ):
        assert told in shown
    body = json.loads(act(people["privacy_officer"], "json").content)  # type: ignore[attr-defined]
    assert body["cpf"] == MARIA
    assert [version["version"] for version in body["versions"]] == [1]
    assert body["versions"][0]["debts"] == dossier_json_debts(people, current.dossier_id)
    assert [ask["purpose"] for ask in body["asks"]] == ["credit_analysis"]
    assert "look" in [look["action"] for look in body["accesses"]]
    assert [each["action"] for each in records(action="report")] == ["report", "report"]


def dossier_json_debts(people: People, dossier_id: int) -> list[object]:
    rows = dossiers.load(dossier_id).rows("alpha", "debts") or ()
    from portal.payloads import dossier_json

    return [dossier_json.row(row) for row in rows]


def test_of_who_is_unknown_nothing_is_held_and_that_is_told(people: People) -> None:
    shown = text(act(people["privacy_officer"], "report"))
    assert "Nada se guarda" in shown


@pytest.mark.parametrize("what", ["report", "json", "correct", "erase"])
def test_only_a_cpf_will_do_and_the_field_is_named(people: People, what: str) -> None:
    response = act(people["privacy_officer"], what, cpf="123", note="pedido", sure="on")
    assert response.status_code == 400
    assert "O CPF precisa ter 11" in text(response)


@pytest.mark.parametrize(
    ("kind", "days"), [("report", 15), ("contest", 10), ("correction", 7), ("erasure", 15)]
)
def test_a_request_is_due_when_the_law_says(people: People, kind: str, days: int) -> None:
    act(people["privacy_officer"], "take_in", kind=kind, received_on="2026-11-02", note="por carta")
    made = PersonRequest.objects.get()
    assert (made.due_on - date(2026, 11, 2)).days == days
    assert MARIA not in str(vars(made))
    shown = page(people["privacy_officer"], "/persons/")
    assert f"prazo {made.due_on:%d/%m/%Y}" in shown
    people["privacy_officer"].post(f"/persons/requests/{made.pk}/answer/", {"answer": "enviado por carta"})
    made.refresh_from_db()
    assert (made.answer, bool(made.done_at)) == ("enviado por carta", True)


def test_a_request_is_of_today_unless_another_day_is_chosen(people: People) -> None:
    assert f'value="{localdate():%Y-%m-%d}"' in page(people["privacy_officer"], "/persons/")


def test_no_note_holds_a_cpf(people: People) -> None:
    response = act(people["privacy_officer"], "take_in", kind="report", note=f"pedido de {CPF}")
    assert response.status_code == 400
    assert not PersonRequest.objects.exists()


@pytest.fixture
def contested(people: People, asked: Asked) -> Contest:
    """Somebody contests a debt in a dossier that a colleague has looked at."""
    current = asked()
    people["colleague"].get(dossier_url(current))
    officer = people["privacy_officer"]
    act(officer, "take_in", kind="contest")
    request = PersonRequest.objects.get()
    officer.post(f"/persons/requests/{request.pk}/contest/", {"what": "a dívida no Banco Azul"})
    return Contest.objects.get()


def test_a_contested_datum_is_told_to_who_looked_and_marks_the_versions(
    people: People, contested: Contest, machine: Machine
) -> None:
    url = f"/dossiers/{contested.dossier_id}/"
    assert "a dívida no Banco Azul" in page(people["colleague"], "/")
    assert "a dívida no Banco Azul" not in page(people["elsewhere"], "/")
    assert "Contestado pela pessoa" in page(people["analyst"], url)
    reader = machine("dossier:read", "dossier:all")
    told = reader.get(f"/api/customers-dossiers/{contested.dossier_id}/").json()["contested"]
    assert [each["what"] for each in told] == ["a dívida no Banco Azul"]
    notice = contested.notices.get()
    people["colleague"].post(f"/notices/{notice.pk}/seen/")
    assert "a dívida no Banco Azul" not in page(people["colleague"], "/")


def test_what_was_resolved_marks_the_versions_of_before_and_is_told(
    people: People, contested: Contest, asked: Asked, fake_sources: Fakes
) -> None:
    officer = people["privacy_officer"]
    officer.post(f"/persons/requests/{contested.request_id}/answer/", {"answer": "corrigido na fonte"})
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("1.00",))
    current = asked()
    url = dossier_url(current)
    assert current.snapshot_version == 2
    assert "Foi contestado pela pessoa" in page(people["supervisor"], f"{url}versions/1/")
    assert "contestado" not in page(people["supervisor"], url)
    assert "Resolvido no dossiê" in page(people["colleague"], "/")


def test_a_correction_is_a_fresh_build(people: People, asked: Asked, fake_sources: Fakes) -> None:
    asked()
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("3.00",))
    act(people["privacy_officer"], "correct")
    ask = DossierRequest.objects.latest("created_at")
    assert (ask.purpose, ask.fresh) == ("data_subject_request", True)
    assert work(ask.pk).snapshot_version == 2


class TestErasure:
    """On the page and at the terminal."""

    def test_it_takes_a_reason_and_a_tick(self, people: People, asked: Asked) -> None:
        asked()
        for given in ({}, {"note": "a pedido"}, {"sure": "on"}):
            assert act(people["privacy_officer"], "erase", **given).status_code == 400
        assert dossiers.find(MARIA) is not None

    def test_nothing_can_be_read_afterwards_and_the_record_stands(self, people: People, asked: Asked) -> None:
        current = asked()
        people["analyst"].get(dossier_url(current))
        before = len(records())
        shown = text(act(people["privacy_officer"], "erase", note="a pedido", sure="on"))
        assert "O que foi removido" in shown
        assert "O que fica" in shown
        assert bytes(Dossier.objects.get().data_key) == b""
        assert people["analyst"].get(dossier_url(current)).status_code in (404, 410)
        assert [each["detail"] for each in records(action="erase")] == ["begun", ""]
        assert len(records()) > before
        call_command("verify_access_log", stdout=StringIO())
        report = text(act(people["privacy_officer"], "report"))
        assert "Dados apagados" in report
        assert "Maria" not in report

    def test_a_new_ask_makes_a_new_dossier_that_old_readers_do_not_see(
        self, people: People, asked: Asked
    ) -> None:
        first = asked()
        people["analyst"].post(f"{dossier_url(first)}follow/", {"following": "yes"})
        act(people["privacy_officer"], "erase", note="a pedido", sure="on")
        again = asked("elsewhere")
        assert people["elsewhere"].get(dossier_url(again)).status_code == 200
        assert people["analyst"].get(dossier_url(again)).status_code == 404

    def test_the_terminal_s_is_recorded_too(
        self, people: People, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked(cpf=JOAO)
        monkeypatch.setattr("sys.stdin", StringIO(f"{JOAO}\n"))
        out = StringIO()
        call_command("person_report", stdout=out)
        assert json.loads(out.getvalue())["cpf"] == JOAO
        monkeypatch.setattr("sys.stdin", StringIO(f"{JOAO}\n"))
        call_command("erase_person", "--reason", "a pedido", stdout=StringIO())
        told = records(actor="terminal")
        assert [each["action"] for each in told] == ["report", "erase", "erase"]
        assert JOAO not in str(told)


def test_a_followed_dossier_stays_open_past_the_days_of_the_ask(people: People, asked: Asked) -> None:
    current = asked()
    url = dossier_url(current)
    people["analyst"].post(f"{url}follow/", {"following": "yes"})
    DossierRequest.objects.all().delete()
    for name, status in (("analyst", 200), ("colleague", 200), ("elsewhere", 404)):
        assert people[name].get(url).status_code == status
    people["colleague"].post(f"{url}follow/", {"following": "no"})
    assert people["analyst"].get(url).status_code == 404


def test_what_is_overdue_is_told(people: People) -> None:
    PersonRequest.objects.create(
        kind="report", person=b"x", received_on=date(2026, 1, 1), due_on=date(2026, 1, 16), by="user:1"
    )
    assert localdate() > date(2026, 1, 16)
    assert "atrasado" in page(people["privacy_officer"], "/persons/")


def test_looks_are_told_also_when_the_key_of_their_hashes_is_no_more(people: People, asked: Asked) -> None:
    current = asked()
    old = AccessEntry(
        action=Action.LOOK,
        outcome=Verdict.SHOWN,
        dossier_id=current.dossier_id,
        version=1,
        person=b"by a key that was retired",
    )
    record.add(at_terminal(), old)
    body = json.loads(act(people["privacy_officer"], "json").content)  # type: ignore[attr-defined]
    assert "terminal" in [look["by"] for look in body["accesses"]]


def test_a_correction_makes_no_dossier_of_who_has_none(people: People, fake_sources: Fakes) -> None:
    assert act(people["privacy_officer"], "correct").status_code == 400
    assert not Dossier.objects.exists()
    assert not DossierRequest.objects.exists()


def test_nor_of_who_was_erased(people: People, asked: Asked) -> None:
    asked()
    act(people["privacy_officer"], "erase", note="a pedido", sure="on")
    before = DossierRequest.objects.count()
    assert act(people["privacy_officer"], "correct").status_code == 410
    assert bytes(Dossier.objects.get().data_key) == b""
    assert DossierRequest.objects.count() == before


def test_a_second_click_marks_nothing_and_breaks_nothing(people: People, contested: Contest) -> None:
    url = f"/persons/requests/{contested.request_id}/contest/"
    assert people["privacy_officer"].post(url, {"what": "outra coisa"}).status_code == 404
    assert Contest.objects.get().what == "a dívida no Banco Azul"


def test_only_a_contest_is_marked(people: People, asked: Asked) -> None:
    asked()
    act(people["privacy_officer"], "take_in", kind="report")
    url = f"/persons/requests/{PersonRequest.objects.get().pk}/contest/"
    assert people["privacy_officer"].post(url, {"what": "a dívida"}).status_code == 404
    assert not Contest.objects.exists()


def test_who_took_it_away_in_a_file_is_told_by_the_hash_of_that_time(people: People, asked: Asked) -> None:
    current = asked()
    officer, colleague = people["privacy_officer"], people.users["colleague"]
    act(officer, "take_in", kind="contest")
    request = PersonRequest.objects.get()
    taken = AccessEntry(
        action=Action.EXPORT, outcome=Verdict.SHOWN, run_id=1, people=[bytes(request.person)], amount=1
    )
    record.add(Reader(owner=f"user:{colleague.pk}"), taken)
    Dossier.objects.update(cpf_lookup=b"by a key that came since")
    officer.post(f"/persons/requests/{request.pk}/contest/", {"what": "a dívida"})
    assert Contest.objects.get().notices.filter(owner=f"user:{colleague.pk}").exists()
    assert current.dossier_id == Contest.objects.get().dossier_id


def test_a_request_is_found_by_its_dossier_once_the_key_of_its_hash_is_no_more(
    people: People, asked: Asked
) -> None:
    asked()
    act(people["privacy_officer"], "take_in", kind="report")
    PersonRequest.objects.update(person=b"by a key that was retired")
    body = json.loads(act(people["privacy_officer"], "json").content)  # type: ignore[attr-defined]
    assert [each["kind"] for each in body["requests"]] == ["report"]
