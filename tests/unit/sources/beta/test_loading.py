"""Loading the demo into Beta."""

import io

from django.core.management import call_command

from fixtures.cast import MARIA, RAIMUNDA
from sources.beta.answers import collection
from tests.unit.sources.api import Api


def load(customers: int) -> str:
    out = io.StringIO()
    call_command("load_customers", customers=customers, stdout=out)
    return out.getvalue().strip()


def test_the_original_record_is_answered_as_the_original_did(api: Api) -> None:
    load(0)
    assert api.batch("06934332991")["06934332991"] == {
        "id": "5b44a7f588c87a08fc450d98",
        "cpf": "06934332991",
        "date_birth": "2018-07-09T22:11:33.800000Z",
        "name": "Teste",
        "address": "Rua blaba",
        "patrimonies": [{"value": "1000.00", "description": "Carro", "_cls": "PatrimonyDocument"}],
        "sources_income": [{"value": "1000.00", "description": "Salário", "_cls": "SourceIncomeDocument"}],
        "_cls": "CustomerDocument",
    }


def test_an_old_document_lacks_fields_in_the_store() -> None:
    load(0)
    stored = collection().find_one({"cpf": RAIMUNDA.cpf}) or {}
    assert {"address", "sources_income"}.isdisjoint(stored)


def test_loading_again_adds_nothing_and_keeps_what_was_edited() -> None:
    load(20)
    collection().update_one({"cpf": MARIA.cpf}, {"$set": {"name": "Edited"}})
    before = list(collection().find())
    assert load(20) == "beta: 0 customers added"
    assert list(collection().find()) == before
