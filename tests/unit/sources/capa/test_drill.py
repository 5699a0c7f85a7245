"""Capa misbehaves on command; what all sources share of it is tested with Alpha."""

import pytest
from bson import Decimal128

from sources.capa.answers import collection
from sources.capa.documents import FinancialTransaction, LastPurchase
from tests.unit.sources.api import Api
from tests.unit.sources.drill import BREAKS, FAULTS, Drilled, broken_batch, same

MARIA, JOAO, ANA = "52998224725", "11144477735", "39053344705"
SECTION = "financial_transactions"


@pytest.fixture(autouse=True)
def _known() -> None:
    """Maria has a transaction and a last purchase, João the latter alone; of Ana nothing is known."""
    collection(FinancialTransaction).insert_one({"cpf": MARIA, "value": Decimal128("12.34")})
    collection(LastPurchase).insert_many([{"cpf": cpf, "value": 7} for cpf in (MARIA, JOAO)])


def test_without_fault_drill_there_is_no_switch(api: Api) -> None:
    assert api.post("/drill/", {"fault": "errors"}).status_code == 404


@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("cpf", [MARIA, JOAO])
def test_a_true_answer_is_broken_in_one_way(drilled: Drilled, fault: str, cpf: str) -> None:
    (item,) = drilled.batch(cpf).json()
    drilled.switch(fault)
    assert same(drilled.batch(cpf).content, broken_batch(fault, item, SECTION))


@pytest.mark.parametrize("fault", BREAKS)
def test_for_somebody_unknown_an_item_is_made_up(drilled: Drilled, fault: str) -> None:
    drilled.switch(fault)
    assert same(drilled.batch(ANA).content, broken_batch(fault, {"cpf": ANA, SECTION: []}, SECTION))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.django_db(transaction=True)
def test_readiness_stays_true(drilled: Drilled, fault: str) -> None:
    drilled.switch(fault)
    assert drilled.api.http.get("/readyz").json()["status"] == "ok"
