"""Alpha's customers: the original's shapes, nested debts, and what is refused."""

from typing import Any

import pytest

from sources.alpha.models import Customer, Debt
from tests.problems import fields
from tests.unit.sources.api import Api

PATH = "/api/customers/"
CPF = "52998224725"


def customer(**changes: Any) -> dict[str, Any]:
    return {
        "cpf": CPF,
        "name": "Maria",
        "address": "Rua A, 1",
        "debts": [{"value": "1000.00", "date": "2018-07-07"}],
        **changes,
    }


@pytest.fixture
def maria(api: Api) -> dict[str, Any]:
    return dict(api.post(PATH, customer()).json())


def test_a_customer_is_answered_in_the_shape_of_the_original(api: Api) -> None:
    answer = api.post(PATH, customer())
    pk, debt = Customer.objects.get().pk, Debt.objects.get().pk
    assert answer.status_code == 201
    assert answer.json() == {
        "id": pk,
        "debts": [{"id": debt, "value": "1000.00", "date": "2018-07-07", "customer": pk}],
        "cpf": CPF,
        "name": "Maria",
        "address": "Rua A, 1",
    }
    assert api.get(f"{PATH}{pk}/").json() == answer.json()


def test_a_debt_with_an_id_is_changed_and_one_without_is_added(api: Api, maria: dict[str, Any]) -> None:
    first = maria["debts"][0]["id"]
    debts = [{"id": first, "value": "999.99", "date": "2018-07-08"}, {"value": 5.1, "date": "2020-01-01"}]
    answer = api.ask("PUT", f"{PATH}{maria['id']}/", customer(debts=debts)).json()
    assert [(debt["value"], debt["date"]) for debt in answer["debts"]] == [
        ("999.99", "2018-07-08"),
        ("5.10", "2020-01-01"),
    ]
    assert answer["debts"][0]["id"] == first


def test_debts_that_a_change_does_not_name_stay(api: Api, maria: dict[str, Any]) -> None:
    answer = api.ask("PATCH", f"{PATH}{maria['id']}/", {"name": "Maria Nova"}).json()
    assert answer == {**maria, "name": "Maria Nova"}


def test_a_debt_of_somebody_else_cannot_be_changed(api: Api, maria: dict[str, Any]) -> None:
    other = api.post(PATH, customer(cpf="11144477735")).json()
    stolen = [{"id": maria["debts"][0]["id"], "value": "1.00", "date": "2020-01-01"}]
    answer = api.ask("PATCH", f"{PATH}{other['id']}/", {"debts": stolen})
    assert answer.status_code == 400
    assert answer.json()["debts"] == [{"id": ["This customer has no such debt."]}]
    assert api.get(f"{PATH}{maria['id']}/").json() == maria


def test_a_refused_debt_leaves_the_customer_unchanged(api: Api, maria: dict[str, Any]) -> None:
    answer = api.ask("PATCH", f"{PATH}{maria['id']}/", {"name": "Outra", "debts": [{"value": "1.00"}]})
    assert answer.status_code == 400
    assert api.get(f"{PATH}{maria['id']}/").json() == maria


def test_a_deleted_customer_is_gone_with_the_debts(api: Api, maria: dict[str, Any]) -> None:
    assert api.ask("DELETE", f"{PATH}{maria['id']}/").status_code == 204
    assert api.get(f"{PATH}{maria['id']}/").status_code == 404
    assert not Debt.objects.exists()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_cpf_belongs_to_one_customer(api: Api, maria: dict[str, Any], method: str) -> None:
    other = api.post(PATH, customer(cpf="11144477735")).json()
    path = PATH if method == "POST" else f"{PATH}{other['id']}/"
    answer = api.ask(method, path, customer(debts=[]))
    assert answer.status_code == 400
    assert answer.json()["cpf"] == ["A customer with this CPF already exists."]
    assert [each["name"] for each in api.get(PATH).json()] == ["Maria", "Maria"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cpf", "1234567890"),
        ("cpf", "1234567890١"),
        ("cpf", 12345678901),
        ("cpf", None),
        ("name", "a\0b"),
        ("name", "n" * 101),
        ("name", ""),
        ("address", "a" * 151),
        ("debts", "none"),
        ("debts", [{"value": "NaN", "date": "2020-01-01"}]),
        ("debts", [{"value": "1.001", "date": "2020-01-01"}]),
        ("debts", [{"value": "1000000000000", "date": "2020-01-01"}]),
        ("debts", [{"value": True, "date": "2020-01-01"}]),
        ("debts", [{"value": "1E3", "date": "2020-01-01"}]),
        ("debts", [{"value": "1.00", "date": "2020-02-30"}]),
        ("debts", [{"value": "1.00", "date": "20200101"}]),
        ("debts", [{"value": "1.00", "date": "2020-W01-1"}]),
        ("debts", [{"value": "1.00", "date": "2020-01-01T00:00:00Z"}]),
        ("debts", [{"id": 2**64, "value": "1.00", "date": "2020-01-01"}]),
        ("debts", [{"id": True, "value": "1.00", "date": "2020-01-01"}]),
        ("debts", [{"value": "1.00"}]),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(api: Api, field: str, value: Any) -> None:
    answer = api.post(PATH, customer(**{field: value}))
    assert answer.status_code == 400
    assert fields(answer) == [field]


def test_a_lacking_field_is_named(api: Api) -> None:
    answer = api.post(PATH, {})
    assert answer.status_code == 400
    assert set(fields(answer)) == {"cpf", "name", "address"}


def test_fields_that_alpha_does_not_know_are_ignored(api: Api) -> None:
    answer = api.post(PATH, customer(id=987_654_321, colour="blue"))
    assert answer.status_code == 201
    assert answer.json()["id"] != 987_654_321


@pytest.mark.parametrize("money", ["999999999999.99", "-12.30", "0.00"])
def test_money_comes_back_to_the_cent(api: Api, money: str) -> None:
    answer = api.post(PATH, customer(debts=[{"value": money, "date": "2020-01-01"}])).json()
    assert answer["debts"][0]["value"] == money


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30, "abc", "1.5"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_unknown_id_is_not_found(api: Api, pk: str, method: str) -> None:
    answer = api.ask(method, f"{PATH}{pk}/", customer())
    assert answer.status_code == 404
    assert fields(answer) == []
