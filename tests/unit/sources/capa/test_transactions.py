"""Capa's transactions and last purchases: the original's routes and shapes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId

from sources.capa.answers import collection
from sources.capa.documents import FinancialTransaction, LastPurchase
from tests.problems import fields
from tests.unit.sources.api import Api

PATH = "/financial-transactions"
CPF = "52998224725"


def transaction(**changes: Any) -> dict[str, Any]:
    return {
        "description": "debito bancário",
        "value": 12.34,
        "date": "2011-10-05T11:48:00-03:00",
        "cpf": CPF,
        "type": "Debit",
        "PaymentType": "DebitCard",
        **changes,
    }


def stored(**fields: Any) -> str:
    return str(collection(FinancialTransaction).insert_one({"cpf": CPF, **fields}).inserted_id)


def test_a_transaction_is_answered_in_the_shape_of_the_original(api: Api) -> None:
    answer = api.post(PATH, transaction())
    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], **transaction()}
    assert api.get(f"{PATH}/{CPF}").json() == [answer.json()]


def test_the_keys_come_in_the_order_of_the_original(api: Api) -> None:
    keys = list(api.post(PATH, transaction()).json())
    assert keys == ["id", "description", "value", "date", "cpf", "type", "PaymentType"]


@pytest.mark.parametrize(
    ("sent", "answered"),
    [("12.00", "12"), ("0", "0"), ("-0.01", "-0.01"), ("999999999999.99", "999999999999.99")],
)
def test_a_value_is_a_json_number_to_the_cent(api: Api, sent: str, answered: str) -> None:
    answer = api.post(PATH, transaction(value=sent))
    assert f'"value":{answered},'.encode() in answer.content


def test_a_value_is_stored_exactly(api: Api) -> None:
    api.post(PATH, transaction(value=0.1))
    document = collection(FinancialTransaction).find_one({}) or {}
    assert document["value"] == Decimal128("0.10")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("2011-10-05T14:48:00Z", "2011-10-05T11:48:00-03:00"),
        ("2011-10-05T11:48:00", "2011-10-05T11:48:00-03:00"),
        ("2011-10-05t14:48:00.000z", "2011-10-05T11:48:00-03:00"),
        ("2011-12-05T14:48:00Z", "2011-12-05T12:48:00-02:00"),
    ],
)
def test_a_date_is_answered_in_the_time_of_sao_paulo(api: Api, sent: str, answered: str) -> None:
    assert api.post(PATH, transaction(date=sent)).json()["date"] == answered


@pytest.mark.parametrize("slash", ["", "/"])
def test_routes_answer_with_and_without_a_trailing_slash(api: Api, slash: str) -> None:
    made = api.post(f"{PATH}{slash}", transaction())
    assert made.status_code == 201
    assert api.ask("PUT", f"{PATH}{slash}", transaction(id=made.json()["id"])).status_code == 200
    for route in ("financial-transactions", "last-purchases", "consulted-cpf"):
        assert api.get(f"/{route}/{CPF}{slash}").status_code == 200
    assert api.ask("DELETE", f"{PATH}/{made.json()['id']}{slash}").status_code == 200


def test_put_replaces_the_transaction_named_in_the_body(api: Api) -> None:
    made = api.post(PATH, transaction()).json()
    answer = api.ask("PUT", PATH, transaction(id=made["id"], value=15, type="Credit"))
    assert (answer.status_code, answer.json()) == (200, {"result": "success"})
    assert api.get(f"{PATH}/{CPF}").json() == [{**made, "value": 15, "type": "Credit"}]


def test_delete_removes_the_transaction(api: Api) -> None:
    made = api.post(PATH, transaction()).json()
    answer = api.ask("DELETE", f"{PATH}/{made['id']}")
    assert (answer.status_code, answer.json()) == (200, {"result": "success"})
    assert api.get(f"{PATH}/{CPF}").json() == []


@pytest.mark.parametrize("key", [str(ObjectId()), CPF, "abc", "z" * 24])
def test_an_unknown_transaction_is_not_found(api: Api, key: str) -> None:
    assert api.ask("DELETE", f"{PATH}/{key}").status_code == 404


def test_put_of_an_unknown_transaction_is_not_found(api: Api) -> None:
    assert api.ask("PUT", PATH, transaction(id=str(ObjectId()))).status_code == 404


def test_a_debit_by_credit_card_becomes_the_last_purchase(api: Api) -> None:
    api.post(PATH, transaction(PaymentType="CreditCard", description="first"))
    api.post(PATH, transaction(PaymentType="CreditCard", description="second", value=9.9))
    (answer,) = api.get(f"/last-purchases/{CPF}").json()
    assert answer == {
        "id": answer["id"],
        "description": "second",
        "value": 9.9,
        "date": "2011-10-05T11:48:00-03:00",
        "cpf": CPF,
        "PaymentType": "CreditCard",
    }


@pytest.mark.parametrize(("kind", "payment"), [("Credit", "CreditCard"), ("Debit", "Money"), ("", "")])
def test_other_transactions_do_not_become_the_last_purchase(api: Api, kind: str, payment: str) -> None:
    assert api.post(PATH, transaction(type=kind, PaymentType=payment)).status_code == 201
    assert api.get(f"/last-purchases/{CPF}").json() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cpf", "1"),
        ("value", "NaN"),
        ("value", 1.001),
        ("value", 10**12),
        ("value", "1.234"),
        ("value", "1E3"),
        ("value", "+5"),
        ("value", " 5"),
        ("value", "1_000"),
        ("date", "yesterday"),
        ("date", "2011-10-05"),
        ("date", "2011-10-05 11:48:00"),
        ("date", "20111005T114800Z"),
        ("date", "2011-W40-3T11:48:00Z"),
        ("date", "0001-01-01T00:00:00+14:00"),
        ("date", None),
        ("type", "debit"),
        ("PaymentType", "Pix"),
        ("description", "a\0b"),
        ("description", "d" * 1001),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_bad_input_is_refused_by_the_name_of_its_field(api: Api, method: str, field: str, value: Any) -> None:
    answer = api.ask(method, PATH, transaction(**{"id": stored(), field: value}))
    assert (answer.status_code, fields(answer)) == (400, [field])


@pytest.mark.parametrize("key", [None, "abc", 5])
def test_put_without_a_good_id_is_refused_by_name(api: Api, key: Any) -> None:
    answer = api.ask("PUT", PATH, transaction(id=key))
    assert (answer.status_code, fields(answer)) == (400, ["id"])


def test_a_document_that_lacks_fields_is_answered_with_zero_values(api: Api) -> None:
    key = stored()
    zero = {"description": "", "value": 0, "date": "0001-01-01T00:00:00Z", "type": "", "PaymentType": ""}
    assert api.get(f"{PATH}/{CPF}").json() == [{"id": key, "cpf": CPF, **zero}]


def test_documents_of_the_original_are_read_to_the_cent(api: Api) -> None:
    stored(value=1234.1, date=datetime.min.replace(tzinfo=UTC), extra=1)
    (answer,) = api.get(f"{PATH}/{CPF}").json()
    assert (answer["value"], answer["date"]) == (1234.1, "0001-01-01T00:00:00Z")


@pytest.mark.parametrize("route", ["financial-transactions", "last-purchases", "consulted-cpf"])
def test_what_is_no_cpf_is_refused_by_name(api: Api, route: str) -> None:
    answer = api.get(f"/{route}/123")
    assert (answer.status_code, fields(answer)) == (400, ["cpf"])


def test_transactions_come_in_pages(api: Api) -> None:
    collection(FinancialTransaction).insert_many([{"cpf": CPF} for _ in range(12)])
    assert len(api.get(f"{PATH}/{CPF}").json()) == 10
    assert len(api.get(f"{PATH}/{CPF}?page=2").json()) == 2


def test_a_cpf_has_one_last_purchase_in_the_store() -> None:
    indexes = collection(LastPurchase).index_information()
    assert indexes["cpf_unique"]["unique"]
