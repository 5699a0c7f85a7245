"""Alpha's lists: filter, pages, batch and the list of CPFs."""

from base64 import urlsafe_b64decode
from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sources.alpha.models import Customer, Debt
from tests.problems import fields
from tests.unit.sources.api import Api

PATH = "/api/customers/"
CPFS = [f"{number:011}" for number in range(25)]


@pytest.fixture
def crowd() -> list[Customer]:
    people = [Customer(cpf=cpf, name="N", address="A") for cpf in CPFS]
    people = Customer.objects.bulk_create(people)
    Debt.objects.bulk_create(Debt(customer=each, value=1, date=date(2020, 1, 1)) for each in people)
    return people


def test_the_filter_finds_one_customer(api: Api, crowd: list[Customer]) -> None:
    assert [each["cpf"] for each in api.get(f"{PATH}?cpf={CPFS[3]}").json()] == [CPFS[3]]
    assert api.get(f"{PATH}?cpf=99999999999").json() == []


def test_a_malformed_filter_is_refused(api: Api) -> None:
    answer = api.get(f"{PATH}?cpf=%00")
    assert (answer.status_code, fields(answer)) == (400, ["cpf"])


def test_a_page_holds_ten_unless_asked_otherwise(api: Api, crowd: list[Customer]) -> None:
    assert [each["cpf"] for each in api.get(PATH).json()] == CPFS[:10]
    assert [each["cpf"] for each in api.get(f"{PATH}?page=2&page_size=20").json()] == CPFS[20:]


def test_the_link_header_leads_through_all_pages(api: Api, crowd: list[Customer]) -> None:
    seen: list[str] = []
    path: str | None = f"{PATH}?page_size=7"
    while path:
        answer = api.get(path)
        seen += [each["cpf"] for each in answer.json()]
        path = links(answer).get("next")
    assert seen == CPFS
    assert set(links(answer)) == {"first", "prev", "last"}


def links(answer: Any) -> dict[str, str]:
    parts = [part.split("; ") for part in answer["Link"].split(", ")]
    return {rel[5:-1]: address[1:-1].removeprefix("http://testserver") for address, rel in parts}


def test_a_page_size_has_a_limit(api: Api, crowd: list[Customer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.common.paging.LARGEST_SIZE", 20)
    assert len(api.get(f"{PATH}?page_size=5000").json()) == 20


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=-1", "page_size=0", "page_size=1.5"])
def test_what_is_no_page_is_refused_by_name(api: Api, query: str) -> None:
    answer = api.get(f"{PATH}?{query}")
    assert (answer.status_code, fields(answer)) == (400, [query.split("=")[0]])


@pytest.mark.parametrize("page", ["2", "99999999999999999999", "999999999999999999"])
def test_a_page_beyond_the_last_is_a_clean_error(api: Api, page: str) -> None:
    answer = api.get(f"{PATH}?page={page}")
    assert answer.status_code in (400, 404)


def test_an_empty_list_is_an_empty_array(api: Api) -> None:
    assert api.get(PATH).json() == []


def test_a_batch_answers_those_found_in_the_order_asked(api: Api, crowd: list[Customer]) -> None:
    asked = [CPFS[4], "99999999999", CPFS[2], CPFS[4]]
    answer = api.post("/api/customers/batch/", {"cpfs": asked})
    assert [each["cpf"] for each in answer.json()] == [CPFS[4], CPFS[2]]
    assert answer.json()[0] == api.get(f"{PATH}{crowd[4].pk}/").json()


@pytest.mark.parametrize("size", [1, 25])
def test_a_batch_takes_two_queries_however_long(
    api: Api, crowd: list[Customer], size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):  # token, customers with their debts
        assert len(api.batch(*CPFS[:size])) == size


def test_a_batch_needs_only_the_scope_to_read(reader: Api, crowd: list[Customer]) -> None:
    assert list(reader.batch(CPFS[0])) == [CPFS[0]]


@pytest.mark.parametrize(
    "cpfs",
    [
        None,
        [],
        "52998224725",
        ["1"],
        [12345678901],
        ["5299822472５"],
        ["52998224725", None],
        ["1" * 11] * 1001,
    ],
)
def test_a_bad_batch_is_refused_by_name(api: Api, cpfs: Any) -> None:
    answer = api.post("/api/customers/batch/", {"cpfs": cpfs})
    assert (answer.status_code, fields(answer)) == (400, ["cpfs"])


def test_a_batch_takes_a_thousand(api: Api) -> None:
    assert api.batch(*(f"{number:011}" for number in range(1000))) == {}


def test_the_list_of_cpfs_comes_whole_by_cursor(reader: Api, crowd: list[Customer]) -> None:
    seen: list[str] = []
    cursor: Any = ""
    while cursor is not None:
        part = reader.get(f"/api/customers/cpfs/?limit=10&cursor={cursor}").json()
        seen, cursor = seen + part["cpfs"], part["next_cursor"]
    assert seen == CPFS


def test_a_list_that_ends_with_its_page_has_no_next(reader: Api, crowd: list[Customer]) -> None:
    assert reader.get("/api/customers/cpfs/?limit=25").json() == {"cpfs": CPFS, "next_cursor": None}


def test_a_cursor_holds_a_primary_key_and_no_cpf(reader: Api, crowd: list[Customer]) -> None:
    cursor = reader.get("/api/customers/cpfs/?limit=10").json()["next_cursor"]
    assert urlsafe_b64decode(cursor).decode() == str(crowd[9].pk)


@pytest.mark.parametrize("cursor", ["x", "%00", "eA==", "LTE=", "%C3%A9"])
def test_a_cursor_of_somewhere_else_is_refused(reader: Api, cursor: str) -> None:
    answer = reader.get(f"/api/customers/cpfs/?cursor={cursor}")
    assert (answer.status_code, fields(answer)) == (400, ["cursor"])


def test_debts_come_in_the_order_of_their_ids_and_who_has_none_has_a_list(api: Api) -> None:
    maria, joao = Customer.objects.bulk_create(Customer(cpf=cpf, name="N", address="A") for cpf in CPFS[:2])
    debts = [Debt(id=pk, customer=maria, value="-1.50", date=date(2020, 1, pk)) for pk in (3, 1, 2)]
    Debt.objects.bulk_create(debts)
    found = api.batch(maria.cpf, joao.cpf)
    assert found[maria.cpf]["debts"] == [
        {"id": pk, "value": "-1.50", "date": f"2020-01-0{pk}", "customer": maria.pk} for pk in (1, 2, 3)
    ]
    assert found[joao.cpf]["debts"] == []
    assert api.get(PATH).json() == list(found.values())
