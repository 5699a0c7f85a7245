"""Adds demo customers to Beta, in bulk."""

from collections.abc import Sequence
from typing import Any

from bson import Decimal128, ObjectId

from fixtures.records import BetaRecord, Worth
from sources.beta.answers import collection


def known() -> set[str]:
    """The CPFs that Beta has."""
    return {stored["cpf"] for stored in collection().find({"cpf": {"$gt": ""}}, {"cpf": 1, "_id": 0})}


def insert(records: Sequence[BetaRecord]) -> None:
    """Adds customers; what a record lacks is not stored."""
    customers = []
    for record in records:
        values = {
            "_id": ObjectId(record.id),
            "cpf": record.cpf,
            "date_birth": record.date_birth,
            "name": record.name,
            "address": record.address,
            "patrimonies": _worths(record.patrimonies),
            "sources_income": _worths(record.sources_income),
        }
        customers.append({name: value for name, value in values.items() if value is not None})
    collection().insert_many(customers, ordered=False)


def _worths(worths: tuple[Worth, ...] | None) -> list[dict[str, Any]] | None:
    if worths is None:
        return None
    return [
        {"value": Decimal128(each.value)} | ({"description": each.description} if each.description else {})
        for each in worths
    ]
