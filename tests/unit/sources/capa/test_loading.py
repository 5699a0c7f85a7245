"""Loading the demo into Capa."""

import io

from django.core.management import call_command

from fixtures.cast import ANTONIO, LUZIA, MARIA
from sources.capa.answers import collection
from sources.capa.documents import FinancialTransaction
from tests.unit.sources.api import Api


def load(customers: int) -> str:
    out = io.StringIO()
    call_command("load_customers", customers=customers, stdout=out)
    return out.getvalue().strip()


def test_the_original_record_is_answered_as_the_original_did(api: Api) -> None:
    load(0)
    assert api.get("/financial-transactions/06934332997").json() == [
        {
            "id": "5b3e4175c43bfd2b780afeba",
            "description": "debito bancário",
            "value": 0,
            "date": "2011-10-05T11:48:00-03:00",
            "cpf": "06934332997",
            "type": "",
            "PaymentType": "",
        }
    ]


def test_the_cast_is_found_by_transactions_or_by_a_last_purchase_alone(api: Api) -> None:
    load(0)
    found = api.batch(ANTONIO.cpf, LUZIA.cpf)
    assert len(found[ANTONIO.cpf]["financial_transactions"]) == 400
    assert found[LUZIA.cpf]["financial_transactions"] == []


def test_loading_again_adds_nothing_and_keeps_what_was_edited() -> None:
    load(20)
    collection(FinancialTransaction).update_many({"cpf": MARIA.cpf}, {"$set": {"description": "Edited"}})
    before = list(collection(FinancialTransaction).find())
    assert load(20) == "capa: 0 customers added"
    assert list(collection(FinancialTransaction).find()) == before
