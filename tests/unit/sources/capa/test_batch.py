"""What the orchestrator asks of Capa, and the log of consulted CPFs."""

from typing import Any

import pytest

from sources.capa.answers import collection
from sources.capa.documents import ConsultedCpf, FinancialTransaction, LastPurchase
from tests.problems import fields
from tests.unit.sources.api import Api

MARIA, JOAO, ANA = "52998224725", "11144477735", "39053344705"


@pytest.fixture(autouse=True)
def _known() -> None:
    """Maria has transactions, João a last purchase alone; of Ana nothing is known."""
    collection(FinancialTransaction).insert_many([{"cpf": MARIA, "value": number} for number in (1, 2)])
    collection(LastPurchase).insert_one({"cpf": JOAO, "value": 7})


def log() -> list[dict[str, Any]]:
    return list(collection(ConsultedCpf).find({}, {"_id": 0, "date": 0}))


def test_an_item_holds_transactions_and_the_last_purchase(reader: Api) -> None:
    found = reader.batch(JOAO, ANA, MARIA)
    assert list(found) == [JOAO, MARIA]
    assert [each["value"] for each in found[MARIA]["financial_transactions"]] == [1, 2]
    assert found[MARIA]["last_purchase"] is None
    assert found[JOAO]["financial_transactions"] == []
    assert found[JOAO]["last_purchase"]["value"] == 7


def test_items_of_the_batch_have_the_shape_of_the_single_routes(api: Api) -> None:
    found = api.batch(MARIA, JOAO)
    assert found[MARIA]["financial_transactions"] == api.get(f"/financial-transactions/{MARIA}").json()
    assert [found[JOAO]["last_purchase"]] == api.get(f"/last-purchases/{JOAO}").json()


def test_a_document_of_several_cpfs_is_nobodys_and_hides_nothing(reader: Api) -> None:
    collection(FinancialTransaction).insert_many([{"cpf": [MARIA, ANA]}, {"cpf": MARIA, "value": 3}])
    collection(LastPurchase).insert_one({"cpf": [MARIA, ANA]})
    (item,) = reader.batch(MARIA, ANA).values()
    assert [each["value"] for each in item["financial_transactions"]] == [1, 2, 3]
    assert item["last_purchase"] is None


def test_every_cpf_of_a_batch_is_recorded_with_the_client_that_asked(reader: Api) -> None:
    reader.batch(MARIA, ANA)
    description = "Transactions and last purchase, in a batch."
    client = reader.credentials["client_id"]
    assert log() == [{"cpf": cpf, "description": description, "client": client} for cpf in (MARIA, ANA)]


@pytest.mark.parametrize("route", ["financial-transactions", "last-purchases"])
def test_a_read_by_cpf_is_recorded(reader: Api, route: str) -> None:
    reader.get(f"/{route}/{MARIA}")
    (record,) = reader.get(f"/consulted-cpf/{MARIA}").json()
    assert set(record) == {"id", "date", "cpf", "description", "client"}
    assert (record["cpf"], record["client"]) == (MARIA, reader.credentials["client_id"])


def test_looking_at_the_log_leaves_no_record(reader: Api) -> None:
    reader.get(f"/consulted-cpf/{MARIA}")
    assert log() == []


def test_a_refused_read_is_not_recorded(reader: Api) -> None:
    reader.post("/api/customers/batch/", {"cpfs": [MARIA, "x"]})
    assert log() == []


def test_finding_by_cpf_uses_the_index() -> None:
    for document in (FinancialTransaction, LastPurchase):
        plan = collection(document).find({"cpf": {"$in": [MARIA, JOAO]}}).explain()["queryPlanner"]
        assert "IXSCAN" in str(plan["winningPlan"])


def test_nothing_is_read_where_the_read_cannot_be_recorded(reader: Api, mongodb_away: None) -> None:
    answer = reader.post("/api/customers/batch/", {"cpfs": [MARIA]})
    assert (answer.status_code, fields(answer)) == (503, [])
