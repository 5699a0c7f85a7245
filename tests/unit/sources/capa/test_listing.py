"""Capa's list of CPFs: out of two collections, in pages that cost what they hold."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId

from sources.capa import listing
from sources.capa.answers import collection
from sources.capa.documents import FinancialTransaction, LastPurchase
from tests.problems import fields
from tests.unit.sources.api import Api

WITH_TRANSACTIONS = [f"{number:011}" for number in range(0, 60, 2)]
WITH_A_PURCHASE = [f"{number:011}" for number in range(0, 60, 3)]
KNOWN = sorted({*WITH_TRANSACTIONS, *WITH_A_PURCHASE})


@pytest.fixture(autouse=True)
def _known() -> None:
    """Three transactions each, and a purchase: some have both, some one of them."""
    transactions = [{"cpf": cpf} for _ in range(3) for cpf in WITH_TRANSACTIONS]
    collection(FinancialTransaction).insert_many([*transactions, {"value": 1}])
    collection(LastPurchase).insert_many([{"cpf": cpf} for cpf in WITH_A_PURCHASE])


def page(reader: Api, cursor: str = "", limit: int = 7) -> dict[str, Any]:
    return dict(reader.get(f"/api/customers/cpfs/?limit={limit}&cursor={cursor}").json())


def pages(reader: Api, limit: int = 7) -> Iterator[list[str]]:
    cursor: str | None = ""
    while cursor is not None:
        part = page(reader, cursor, limit)
        yield part["cpfs"]
        cursor = part["next_cursor"]


@pytest.mark.parametrize("limit", [1, 7, len(KNOWN) - 1, len(KNOWN), 1000])
def test_every_cpf_comes_once(reader: Api, limit: int) -> None:
    found = list(pages(reader, limit))
    assert [cpf for part in found for cpf in part] == KNOWN
    assert {len(part) for part in found[:-1]} <= {limit}


def test_a_cpf_that_gets_more_documents_keeps_its_place(reader: Api) -> None:
    before = list(pages(reader))
    for document in (FinancialTransaction, LastPurchase):
        collection(document).update_one({"cpf": KNOWN[1]}, {"$set": {"value": 2}}, upsert=True)
    collection(FinancialTransaction).insert_one({"cpf": KNOWN[0]})
    assert list(pages(reader)) == before


def test_a_cursor_holds_the_id_of_a_document_about_the_last_cpf(reader: Api) -> None:
    part = page(reader)
    key = ObjectId(urlsafe_b64decode(part["next_cursor"]).decode())
    assert listing.cpf_of(key) == part["cpfs"][-1]


def test_a_cursor_whose_document_is_gone_asks_to_begin_anew(reader: Api) -> None:
    part = page(reader)
    for document in (FinancialTransaction, LastPurchase):
        collection(document).delete_many({"cpf": part["cpfs"][-1]})
    answer = reader.get(f"/api/customers/cpfs/?cursor={part['next_cursor']}")
    assert (answer.status_code, fields(answer)) == (400, ["cursor"])
    assert "Begin anew" in answer.json()["cursor"][0]
    assert [cpf for each in pages(reader) for cpf in each] == [
        cpf for cpf in KNOWN if cpf != part["cpfs"][-1]
    ]


@pytest.mark.parametrize("cursor", ["x", "eA==", "LTE="])
def test_what_is_no_cursor_is_refused_by_name(reader: Api, cursor: str) -> None:
    answer = reader.get(f"/api/customers/cpfs/?cursor={cursor}")
    assert (answer.status_code, fields(answer)) == (400, ["cursor"])


def test_an_odd_document_hides_nobody(reader: Api) -> None:
    collection(FinancialTransaction).insert_many([{"cpf": KNOWN[:2]}, {"cpf": 5}, {"cpf": None}])
    assert [cpf for part in pages(reader) for cpf in part] == KNOWN


def test_the_index_alone_gives_the_order_and_the_limit_ends_its_scan() -> None:
    transactions = collection(FinancialTransaction)
    transactions.drop()  # an index that has seen a list is another one for ever
    FinancialTransaction.ensure_indexes()
    transactions.insert_many([{"cpf": cpf} for cpf in KNOWN])
    explain = {"aggregate": transactions.name, "pipeline": listing.pipeline("", 10), "cursor": {}}
    plan = transactions.database.command("explain", explain, verbosity="executionStats")
    looked = plan["stages"][0]["$cursor"]["executionStats"]
    assert (looked["totalKeysExamined"], looked["totalDocsExamined"]) == (10, 0)
