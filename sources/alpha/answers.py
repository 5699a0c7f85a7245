"""Alpha's answers: customers with their debts, in two queries however many they are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from sources.alpha.models import Customer

Item = dict[str, Any]
Row = tuple[int, str, str, str]  # id, CPF, name, address

# Plain SQL: a thousand keys as one array, where a query set has a thousand parameters; and values as the
# text that is answered (PostgreSQL writes dates as ISO 8601).
_BY_CPF = "select id, cpf, name, address from customer where cpf = any(%s)"
_DEBTS = "select id, value::text, date::text, customer_id from debt where customer_id = any(%s) order by id"


def items(customers: QuerySet[Customer]) -> list[Item]:
    """The customers of a query set as the API answers them, each with its debts in order of id."""
    return list(_items(list(customers.values_list("id", "cpf", "name", "address"))))


def items_by_cpf(cpfs: Sequence[str]) -> Iterator[Item]:
    """The customers of these CPFs, likewise, in no order."""
    return _items(_rows(_BY_CPF, cpfs))


def _items(customers: Sequence[Row]) -> Iterator[Item]:
    debts = _debts(row[0] for row in customers)
    for pk, cpf, name, address in customers:
        yield {"id": pk, "debts": debts[pk], "cpf": cpf, "name": name, "address": address}


def _debts(customer_ids: Iterable[int]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = defaultdict(list)
    for pk, value, date, customer in _rows(_DEBTS, customer_ids):
        found[customer].append({"id": pk, "value": value, "date": date, "customer": customer})
    return found


def _rows(query: str, keys: Iterable[object]) -> list[Any]:
    """The rows that a query finds by keys, which are digits. They are given as the text of an array: of a
    list psycopg2 would make an expression of a thousand values, for PostgreSQL to parse."""
    array = ",".join(map(str, keys))
    with connection.cursor() as cursor:
        cursor.execute(query, [f"{{{array}}}"])
        return list(cursor.fetchall())
