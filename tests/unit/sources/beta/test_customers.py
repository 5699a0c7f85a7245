"""Beta's customers: the original's shapes, zero values, and what is refused."""

from typing import Any

import pytest
from bson import Decimal128, ObjectId

from sources.beta.answers import collection
from tests.problems import fields
from tests.unit.sources.api import Api

PATH = "/api/customers/"
CPF = "52998224725"


def customer(**changes: Any) -> dict[str, Any]:
    return {
        "cpf": CPF,
        "name": "Maria",
        "address": "Rua A, 1",
        "date_birth": "2018-07-09T22:11:33.800000Z",
        "patrimonies": [{"value": "1000.00", "description": "Carro"}],
        "sources_income": [{"value": 5.5, "description": "Salário"}],
        **changes,
    }


@pytest.fixture
def maria(api: Api) -> dict[str, Any]:
    return dict(api.post(PATH, customer()).json())


def test_a_customer_is_answered_in_the_shape_of_the_original(api: Api) -> None:
    answer = api.post(PATH, customer())
    stored = collection().find_one({})
    assert answer.status_code == 201
    assert stored is not None
    assert answer.json() == {
        "id": str(stored["_id"]),
        "cpf": CPF,
        "date_birth": "2018-07-09T22:11:33.800000Z",
        "name": "Maria",
        "address": "Rua A, 1",
        "patrimonies": [{"value": "1000.00", "description": "Carro", "_cls": "PatrimonyDocument"}],
        "sources_income": [{"value": "5.50", "description": "Salário", "_cls": "SourceIncomeDocument"}],
        "_cls": "CustomerDocument",
    }
    assert api.get(f"{PATH}{stored['_id']}/").json() == answer.json()


def test_money_is_stored_to_the_cent(api: Api, maria: dict[str, Any]) -> None:
    stored = collection().find_one({}) or {}
    assert stored["sources_income"][0]["value"] == Decimal128("5.50")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("1985-10-20", "1985-10-20T00:00:00Z"),
        ("1985-10-20T00:00:00-03:00", "1985-10-20T00:00:00Z"),
        ("1985-10-20T22:11:33.800953-03:00", "1985-10-20T22:11:33.800000Z"),
        ("1985-10-20T00:00:00+14:00", "1985-10-20T00:00:00Z"),
        ("1985-10-20T00:00:00", "1985-10-20T00:00:00Z"),
    ],
)
def test_a_birth_date_stays_on_the_day_that_is_written(api: Api, sent: str, answered: str) -> None:
    assert api.post(PATH, customer(date_birth=sent)).json()["date_birth"] == answered


def test_a_list_that_is_named_replaces_the_stored_one_and_others_stay(
    api: Api, maria: dict[str, Any]
) -> None:
    answer = api.ask("PATCH", f"{PATH}{maria['id']}/", {"patrimonies": []}).json()
    assert answer == {**maria, "patrimonies": []}


def test_put_changes_all_that_it_names(api: Api, maria: dict[str, Any]) -> None:
    answer = api.ask("PUT", f"{PATH}{maria['id']}/", customer(name="Nova", address="Rua B, 2"))
    assert answer.json() == {**maria, "name": "Nova", "address": "Rua B, 2"}


def test_an_empty_change_changes_nothing(api: Api, maria: dict[str, Any]) -> None:
    assert api.ask("PATCH", f"{PATH}{maria['id']}/", {}).json() == maria


def test_a_deleted_customer_is_gone(api: Api, maria: dict[str, Any]) -> None:
    assert api.ask("DELETE", f"{PATH}{maria['id']}/").status_code == 204
    assert api.get(f"{PATH}{maria['id']}/").status_code == 404


def test_a_document_that_lacks_fields_is_answered_with_zero_values(api: Api) -> None:
    key = collection().insert_one({"cpf": CPF, "patrimonies": [{}, None]}).inserted_id
    zero = {
        "id": str(key),
        "cpf": CPF,
        "date_birth": "0001-01-01T00:00:00Z",
        "name": "",
        "address": "",
        "patrimonies": [{"value": "0.00", "description": "", "_cls": "PatrimonyDocument"}],
        "sources_income": [],
        "_cls": "CustomerDocument",
    }
    assert api.get(f"{PATH}{key}/").json() == zero
    assert api.batch(CPF)[CPF] == zero


def test_money_that_the_original_stored_as_a_double_is_read_to_the_cent(api: Api) -> None:
    document = {"_cls": "CustomerDocument", "cpf": CPF, "patrimonies": [{"value": 1234.1}]}
    collection().insert_one(document)
    assert api.batch(CPF)[CPF]["patrimonies"][0]["value"] == "1234.10"


def test_a_document_of_the_original_can_be_changed(api: Api) -> None:
    document = {"_cls": "CustomerDocument", "cpf": CPF, "patrimonies": [{"value": 1.5, "x": 1}], "y": 2}
    key = collection().insert_one(document).inserted_id
    assert api.ask("PATCH", f"{PATH}{key}/", {"name": "Nova"}).json()["name"] == "Nova"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_cpf_belongs_to_one_customer(api: Api, maria: dict[str, Any], method: str) -> None:
    other = api.post(PATH, customer(cpf="11144477735")).json()
    path = PATH if method == "POST" else f"{PATH}{other['id']}/"
    answer = api.ask(method, path, customer())
    assert answer.status_code == 400
    assert answer.json()["cpf"] == ["A customer with this CPF already exists."]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cpf", "123"),
        ("cpf", None),
        ("name", "a\0b"),
        ("name", "n" * 101),
        ("address", {}),
        ("date_birth", "2018-02-30T00:00:00Z"),
        ("date_birth", "0001-01-01T00:00:00Z"),
        ("date_birth", "9999-12-31T23:59:59-12:00"),
        ("date_birth", 5),
        ("date_birth", "19851020"),
        ("date_birth", "1985-W42-7"),
        ("date_birth", "1985-10-20 22:11:33-03:00"),
        ("date_birth", "1985-10-20T22:11:33-03"),
        ("patrimonies", {}),
        ("patrimonies", [{"value": "Infinity", "description": "x"}]),
        ("patrimonies", [{"value": "1.234", "description": "x"}]),
        ("patrimonies", [{"value": "1.00"}]),
        ("patrimonies", [{"value": "1.00", "description": "d" * 1001}]),
        ("sources_income", [None]),
        ("sources_income", [{"value": 10**12, "description": "x"}]),
        ("sources_income", [{"value": 10**30, "description": "x"}]),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(api: Api, field: str, value: Any) -> None:
    answer = api.post(PATH, customer(**{field: value}))
    assert answer.status_code == 400
    assert fields(answer) == [field]


@pytest.mark.parametrize("pk", [str(ObjectId()), "1", "abc", "z" * 24, "9" * 50])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_unknown_or_malformed_id_is_not_found(api: Api, pk: str, method: str) -> None:
    answer = api.ask(method, f"{PATH}{pk}/", customer())
    assert answer.status_code == 404
    assert fields(answer) == []


def test_fields_that_beta_does_not_know_are_ignored(api: Api) -> None:
    answer = api.post(PATH, customer(id="x", _cls="Other", colour="blue"))
    assert (answer.status_code, answer.json()["_cls"]) == (201, "CustomerDocument")
