"""Loading the demo into Alpha."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from fixtures.cast import MARIA, ORIGINAL_ALPHA
from sources.alpha.models import Customer, Debt
from tests.unit.sources.api import Api


def load(customers: int) -> str:
    out = io.StringIO()
    call_command("load_customers", customers=customers, stdout=out)
    return out.getvalue().strip()


def test_the_original_record_has_its_own_ids() -> None:
    load(20)
    assert (Customer.objects.get(pk=1).cpf, Debt.objects.get(pk=3).customer_id) == (ORIGINAL_ALPHA.cpf, 1)


def test_the_original_record_is_answered_as_the_original_did(api: Api) -> None:
    load(0)
    assert api.batch("06134332991")["06134332991"] == {
        "id": 1,
        "debts": [{"id": 3, "value": "1000.00", "date": "2018-07-07", "customer": 1}],
        "cpf": "06134332991",
        "name": "Teste",
        "address": "Rua Joaquina",
    }


@pytest.fixture
def _new_tables() -> None:
    """Ids are counted from 1, whatever tests ran before."""
    with connection.cursor() as cursor:
        for table in ("customer", "debt"):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 1, false)", [table])


@pytest.mark.usefixtures("_new_tables")
def test_other_records_do_not_collide_with_those_ids(api: Api) -> None:
    load(20)
    body = {"cpf": "00000000191", "name": "N", "address": "A", "debts": []}
    assert api.post("/api/customers/", body).status_code == 201


def test_loading_again_adds_nothing_and_keeps_what_was_edited() -> None:
    load(20)
    Customer.objects.filter(cpf=MARIA.cpf).update(name="Edited")
    before = list(Customer.objects.order_by("pk").values())
    assert load(20) == "alpha: 0 customers added"
    assert list(Customer.objects.order_by("pk").values()) == before


def test_more_can_be_added_later() -> None:
    load(20)
    first = set(Customer.objects.values_list("cpf", flat=True))
    load(40)
    assert first < set(Customer.objects.values_list("cpf", flat=True))


def test_whoever_is_missing_comes_back() -> None:
    load(5)
    Customer.objects.get(cpf=MARIA.cpf).delete()
    assert load(5) == "alpha: 1 customers added"
    assert Customer.objects.get(cpf=MARIA.cpf).debts.count() == len(MARIA.alpha.debts if MARIA.alpha else ())
