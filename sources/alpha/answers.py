"""Alpha's answers: customers with their debts, in two queries however many they are."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from sources.alpha.models import Customer, Debt

Item = dict[str, Any]


def items(customers: QuerySet[Customer]) -> list[Item]:
    """The customers of a query set as the API answers them, each with its debts in order of id."""
    rows = list(customers.values("id", "cpf", "name", "address"))
    debts = _debts(row["id"] for row in rows)
    return [
        {
            "id": row["id"],
            "debts": debts[row["id"]],
            "cpf": row["cpf"],
            "name": row["name"],
            "address": row["address"],
        }
        for row in rows
    ]


def _debts(customer_ids: Iterable[int]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = defaultdict(list)
    debts = Debt.objects.filter(customer_id__in=list(customer_ids)).order_by("id")
    for pk, value, date, customer in debts.values_list("id", "value", "date", "customer_id"):
        found[customer].append(
            {"id": pk, "value": str(value), "date": date.isoformat(), "customer": customer}
        )
    return found
