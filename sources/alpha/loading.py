"""Adds demo customers to Alpha, in bulk."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Max, Model

from fixtures.records import AlphaRecord
from sources.alpha.models import Customer, Debt


def known() -> set[str]:
    """The CPFs that Alpha has."""
    return set(Customer.objects.values_list("cpf", flat=True))


@transaction.atomic
def insert(records: Sequence[AlphaRecord]) -> None:
    """Adds customers with their debts; an id that is given is used if it is still free."""
    customers = [
        Customer(id=_free(Customer, record.id), cpf=record.cpf, name=record.name, address=record.address)
        for record in records
    ]
    _add(Customer, customers)
    debts = [
        Debt(id=_free(Debt, debt.id), customer=customer, value=debt.value, date=debt.date)
        for customer, record in zip(customers, records, strict=True)
        for debt in record.debts
    ]
    _add(Debt, debts)


def _add(model: type[Model], rows: Sequence[Model]) -> None:
    """Those with an id of their own first; then the sequence passes every id in use, so that it gives none of
    them to another."""
    chosen = [row for row in rows if row.pk]
    if chosen:
        model._default_manager.bulk_create(chosen)
        largest = model._default_manager.aggregate(largest=Max("pk"))["largest"] or 0
        with connection.cursor() as cursor:
            reached = 0
            while reached < largest:  # `nextval` needs no more rights than inserting does
                cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
                reached = cursor.fetchone()[0]
    model._default_manager.bulk_create([row for row in rows if not row.pk], batch_size=2000)


def _free(model: type[Model], pk: int | None) -> int | None:
    if pk is None or model._default_manager.filter(pk=pk).exists():
        return None
    return pk
