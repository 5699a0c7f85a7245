"""Beta misbehaves on command; what all sources share of it is tested with Alpha."""

import pytest
from bson import Decimal128

from sources.beta.answers import collection
from tests.unit.sources.api import Api
from tests.unit.sources.drill import BREAKS, FAULTS, Drilled, broken_batch, same

MARIA, ANA = "52998224725", "39053344705"
SECTION = "patrimonies"


@pytest.fixture(autouse=True)
def _known() -> None:
    """Maria has one asset; of Ana nothing is known."""
    asset = {"value": Decimal128("1000.00"), "description": "Carro"}
    collection().insert_one({"cpf": MARIA, "name": "Maria", "patrimonies": [asset]})


def test_without_fault_drill_there_is_no_switch(api: Api) -> None:
    assert api.post("/drill/", {"fault": "errors"}).status_code == 404


@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("cpf", [MARIA])
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
