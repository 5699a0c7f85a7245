"""What the orchestrator asks of Capa."""

import pytest

from sources.capa.answers import collection
from sources.capa.documents import FinancialTransaction, LastPurchase
from tests.unit.sources.api import Api

MARIA, JOAO, ANA = "52998224725", "11144477735", "39053344705"


@pytest.fixture(autouse=True)
def _known() -> None:
    """Maria has transactions, João a last purchase alone; of Ana nothing is known."""
    collection(FinancialTransaction).insert_many([{"cpf": MARIA, "value": number} for number in (1, 2)])
    collection(LastPurchase).insert_one({"cpf": JOAO, "value": 7})


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


def test_finding_by_cpf_uses_the_index() -> None:
    for document in (FinancialTransaction, LastPurchase):
        plan = collection(document).find({"cpf": {"$in": [MARIA, JOAO]}}).explain()["queryPlanner"]
        assert "IXSCAN" in str(plan["winningPlan"])
