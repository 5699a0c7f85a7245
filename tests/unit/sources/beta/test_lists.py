"""Beta's lists: filter, pages, batch, the list of CPFs, and readiness."""

from base64 import urlsafe_b64decode
from typing import Any

import pytest
from django.test import Client

from sources.beta.answers import collection
from tests.problems import fields
from tests.unit.sources.api import Api

CPFS = [f"{number:011}" for number in range(25)]


@pytest.fixture
def crowd() -> None:
    collection().insert_many([{"cpf": cpf} for cpf in CPFS])


def test_the_filter_finds_one_customer(api: Api, crowd: None) -> None:
    assert [each["cpf"] for each in api.get(f"/api/customers/?cpf={CPFS[3]}").json()] == [CPFS[3]]
    assert api.get("/api/customers/?cpf=99999999999").json() == []


def test_pages_hold_ten_unless_asked_otherwise(api: Api, crowd: None) -> None:
    assert [each["cpf"] for each in api.get("/api/customers/").json()] == CPFS[:10]
    answer = api.get("/api/customers/?page=3&page_size=10")
    assert [each["cpf"] for each in answer.json()] == CPFS[20:]
    assert 'rel="prev"' in answer["Link"]


def test_a_batch_answers_those_found_in_the_order_asked(reader: Api, crowd: None) -> None:
    assert list(reader.batch(CPFS[4], "99999999999", CPFS[2])) == [CPFS[4], CPFS[2]]


def test_the_list_of_cpfs_comes_whole_by_cursor(reader: Api, crowd: None) -> None:
    collection().insert_many([{"name": "without a CPF"}])
    seen: list[str] = []
    cursor: Any = ""
    while cursor is not None:
        part = reader.get(f"/api/customers/cpfs/?limit=10&cursor={cursor}").json()
        seen, cursor = seen + part["cpfs"], part["next_cursor"]
    assert seen == CPFS


def test_a_cursor_holds_a_primary_key_and_no_cpf(reader: Api, crowd: None) -> None:
    cursor = reader.get("/api/customers/cpfs/?limit=10").json()["next_cursor"]
    tenth = collection().find_one({"cpf": CPFS[9]}) or {}
    assert urlsafe_b64decode(cursor).decode() == str(tenth["_id"])


def test_finding_by_cpf_uses_the_index(crowd: None) -> None:
    plan = collection().find({"cpf": {"$in": CPFS}}).explain()["queryPlanner"]["winningPlan"]
    assert "IXSCAN" in str(plan)


@pytest.mark.django_db(transaction=True)
def test_readiness_names_each_dependency(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "dependencies": {"postgresql": "ok", "mongodb": "ok"}}


@pytest.mark.django_db(transaction=True)
def test_without_mongodb_the_service_is_not_ready_and_says_so(
    api: Api, client: Client, mongodb_away: None
) -> None:
    ready, customers = client.get("/readyz"), api.get("/api/customers/")
    assert (ready.status_code, ready.json()["dependencies"]["mongodb"]) == (503, "unavailable")
    assert (customers.status_code, fields(customers)) == (503, [])
