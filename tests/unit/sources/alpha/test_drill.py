"""Alpha misbehaves on command, and only then."""

from datetime import date
from typing import Any

import pytest
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client, override_settings

from sources.alpha.models import Customer, Debt
from sources.common.drill.middleware import Misbehaviour
from tests.problems import fields
from tests.unit.sources.api import Api
from tests.unit.sources.drill import CPFS, FAULTS, Drilled

MARIA, ANA = "52998224725", "39053344705"
ALL_WELL = {
    "fault": "none",
    "share": 1.0,
    "seconds": None,
    "delay": None,
    "status": 503,
    "retry_after": 5,
    "tokens": False,
    "seconds_left": None,
}


@pytest.fixture(autouse=True)
def _known() -> None:
    """Maria has two debts; of Ana nothing is known."""
    maria = Customer.objects.create(cpf=MARIA, name="Maria", address="Rua A, 1")
    for value in ("1000.00", "5.50"):
        Debt.objects.create(customer=maria, value=value, date=date(2020, 1, 1))


# The switch


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_fault_drill_there_is_no_switch(api: Api, method: str) -> None:
    assert api.ask(method, "/drill/", {"fault": "errors"}).status_code == 404


def test_at_first_all_is_well(drilled: Drilled) -> None:
    assert drilled.api.get("/drill/").json() == ALL_WELL
    assert [item["cpf"] for item in drilled.batch(MARIA).json()] == [MARIA]


def test_switching_answers_what_is_on_now(drilled: Drilled) -> None:
    answer = drilled.switch("errors", status=500, share=0.5, seconds=60)
    on = {**ALL_WELL, "fault": "errors", "status": 500, "share": 0.5, "seconds": 60.0, "seconds_left": 60.0}
    assert (answer.status_code, answer.json()) == (200, on)
    assert drilled.api.get("/drill/").json() == on


def test_none_switches_off_whatever_else_is_said(drilled: Drilled) -> None:
    drilled.switch("errors")
    assert drilled.switch("none", seconds=60, share=0.1).json() == ALL_WELL
    assert drilled.batch(MARIA).status_code == 200


def test_a_drill_is_over_by_itself_when_its_seconds_are(drilled: Drilled) -> None:
    drilled.switch("errors", seconds=60)
    drilled.clock.now += 59.5
    assert drilled.batch(MARIA).status_code == 503
    assert drilled.api.get("/drill/").json()["seconds_left"] == 0.5
    drilled.clock.now += 0.5
    assert drilled.batch(MARIA).status_code == 200
    assert drilled.api.get("/drill/").json() == ALL_WELL


def test_without_seconds_a_drill_has_no_end(drilled: Drilled) -> None:
    drilled.switch("errors")
    drilled.clock.now += 10**6
    assert drilled.batch(MARIA).status_code == 503


@pytest.mark.parametrize(("share", "status"), [(0, 200), (1, 503)])
def test_a_share_of_none_or_all_leaves_nothing_to_chance(drilled: Drilled, share: int, status: int) -> None:
    drilled.switch("errors", share=share)
    assert {drilled.batch(MARIA).status_code for _ in range(20)} == {status}


@pytest.mark.parametrize(("drawn", "status"), [(0.29, 503), (0.3, 200)])
def test_a_share_is_the_part_of_the_calls_that_misbehave(
    drilled: Drilled, monkeypatch: pytest.MonkeyPatch, drawn: float, status: int
) -> None:
    monkeypatch.setattr("sources.common.drill.state.random.random", lambda: drawn)
    drilled.switch("errors", share=0.3)
    assert drilled.batch(MARIA).status_code == status


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fault", "nonsense"),
        ("fault", None),
        ("share", 1.1),
        ("share", -0.1),
        ("share", "nan"),
        ("share", True),
        ("share", None),
        ("seconds", 3601),
        ("seconds", -1),
        ("seconds", "inf"),
        ("delay", 121),
        ("delay", -1),
        ("delay", "x"),
        ("delay", None),
        ("status", 399),
        ("status", 600),
        ("status", "x"),
        ("retry_after", -1),
        ("retry_after", 1.5),
        ("tokens", "x"),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(drilled: Drilled, field: str, value: Any) -> None:
    answer = drilled.api.post("/drill/", {"fault": "delay", "delay": 1, field: value})
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert drilled.api.get("/drill/").json() == ALL_WELL


@pytest.mark.parametrize(("body", "field"), [({}, "fault"), ({"fault": "delay"}, "delay")])
def test_what_is_lacking_is_named(drilled: Drilled, body: dict[str, str], field: str) -> None:
    answer = drilled.api.post("/drill/", body)
    assert (answer.status_code, fields(answer)) == (400, [field])


def test_switching_needs_the_scope_to_write(drilled: Drilled) -> None:
    drilled.switch("errors")
    reader = {"headers": {"Authorization": f"Bearer {drilled.token(scope='read').json()['access_token']}"}}
    assert drilled.api.post("/drill/", {"fault": "none"}, **reader).status_code == 403
    assert drilled.api.get("/drill/", **reader).json()["fault"] == "errors"
    assert drilled.api.http.get("/drill/").status_code == 401


def test_the_switch_is_described_where_there_is_one(drilled: Drilled) -> None:
    document = drilled.api.get("/api/schema/", headers={"Accept": "application/json"}).json()
    assert set(document["paths"]["/drill/"]) == {"get", "post"}
    assert document["components"]["schemas"]["Drill"]["required"] == ["fault", "seconds_left"]


def test_where_there_is_none_it_is_not_described(client: Client) -> None:
    document = client.get("/api/schema/", headers={"Accept": "application/json"}).json()
    assert "/drill/" not in document["paths"]


# What misbehaves


@pytest.mark.parametrize("fault", FAULTS)
def test_health_the_switch_and_other_routes_stay_true(drilled: Drilled, fault: str) -> None:
    drilled.switch(fault)
    assert drilled.api.http.get("/healthz").json() == {"status": "ok"}
    assert [item["cpf"] for item in drilled.api.get("/api/customers/").json()] == [MARIA]
    assert drilled.api.get("/drill/").json()["fault"] == fault
    assert drilled.token().json()["expires_in"] == 900


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.django_db(transaction=True)
def test_readiness_stays_true(drilled: Drilled, fault: str) -> None:
    drilled.switch(fault)
    answer = drilled.api.http.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_the_list_of_cpfs_misbehaves_too(drilled: Drilled) -> None:
    drilled.switch("errors")
    assert drilled.api.get(CPFS).status_code == 503


def test_tokens_misbehave_where_asked_and_then_the_drill_has_an_end(drilled: Drilled) -> None:
    assert drilled.switch("errors", tokens=True).json()["seconds"] == 600
    assert drilled.token().status_code == 503
    drilled.clock.now += 600
    assert drilled.token().status_code == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_no_log_holds_a_cpf(drilled: Drilled, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    drilled.switch(fault)
    drilled.batch(MARIA).getvalue()
    drilled.batch(ANA).getvalue()
    assert "'route': 'api/customers/batch/'" in caplog.text
    assert MARIA not in caplog.text
    assert ANA not in caplog.text


# Production


@pytest.mark.parametrize("hosts", [["dossier.example.org"], ["127.0.0.1", "*"], ["localhost", "10.0.0.1"]])
def test_production_refuses_drills(hosts: list[str]) -> None:
    with override_settings(FAULT_DRILL=True, ALLOWED_HOSTS=hosts):
        (error,) = (found for found in checks.run_checks() if found.id == "sources.E001")
        assert error.is_serious()
        assert error.hint
        with pytest.raises(ImproperlyConfigured, match="FAULT_DRILL"):
            Misbehaviour(lambda _: HttpResponse())


@pytest.mark.parametrize(
    ("on", "hosts"),
    [(False, ["dossier.example.org"]), (True, ["127.0.0.1", "localhost", "::1", "[::1]"]), (True, [])],
)
def test_elsewhere_nothing_is_refused(on: bool, hosts: list[str]) -> None:
    with override_settings(FAULT_DRILL=on, ALLOWED_HOSTS=hosts):
        assert "sources.E001" not in {found.id for found in checks.run_checks()}
        Misbehaviour(lambda _: HttpResponse())
