"""Alpha's answers: customers with their debts, in one query however many they are."""

from collections.abc import Iterable, Iterator, Sequence

import orjson
from django.db import connection
from django.db.models import QuerySet

from sources.alpha.models import Customer

Item = orjson.Fragment

# PostgreSQL writes each customer as JSON, amounts as their text: a dozen values for each would else become
# objects of Python for nothing but to be written. The batch takes half the time that it took so.
_ITEMS = """
select cpf, row_to_json(item)::text
  from (select id, coalesce((
               select json_agg(debt order by id)
                 from (select id, value::text, date, customer_id as customer
                         from debt where customer_id = customer.id) as debt), '[]') as debts,
               cpf, name, address
          from customer
         where {chosen}) as item
"""
_BY_CPF = _ITEMS.format(chosen="cpf = any(%s)")
_BY_ID = f"{_ITEMS.format(chosen='id = any(%s)')} order by id"


def items(customers: QuerySet[Customer]) -> list[Item]:
    """The customers of a query set as the API answers them, in order of id, as are the debts of each."""
    return [item for _, item in _items(_BY_ID, customers.values_list("id", flat=True))]


def items_by_cpf(cpfs: Sequence[str]) -> Iterator[tuple[str, Item]]:
    """The customers of these CPFs, likewise, but in no order."""
    return _items(_BY_CPF, cpfs)


def _items(query: str, keys: Iterable[object]) -> Iterator[tuple[str, Item]]:
    """The keys, which are digits, are given as the text of an array: of a list psycopg2 would make an
    expression of a thousand values, for PostgreSQL to parse."""
    array = ",".join(map(str, keys))
    with connection.cursor() as cursor:
        cursor.execute(query, [f"{{{array}}}"])
        for cpf, written in cursor.fetchall():
            yield cpf, orjson.Fragment(written)
