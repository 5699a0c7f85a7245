"""Beta's answers, straight from the stored documents."""

from collections.abc import Mapping
from typing import Any

from pymongo.collection import Collection

from sources.beta.documents import CustomerDocument
from sources.common import zero

Item = dict[str, Any]


def collection() -> "Collection[Item]":
    """The stored customers."""
    found: Collection[Item] = CustomerDocument._get_collection()
    return found


def item(stored: Mapping[str, Any]) -> Item:
    """A stored customer as the API answers it; what it lacks is its zero value."""
    return {
        "id": str(stored["_id"]),
        "cpf": zero.text(stored.get("cpf")),
        "date_birth": zero.instant(stored.get("date_birth")),
        "name": zero.text(stored.get("name")),
        "address": zero.text(stored.get("address")),
        "patrimonies": _rows(stored.get("patrimonies"), "PatrimonyDocument"),
        "sources_income": _rows(stored.get("sources_income"), "SourceIncomeDocument"),
        "_cls": "CustomerDocument",
    }


def _rows(stored: Any, kind: str) -> list[Item]:
    rows = [row for row in stored if isinstance(row, Mapping)] if isinstance(stored, list) else []
    return [
        {
            "value": zero.money(row.get("value")),
            "description": zero.text(row.get("description")),
            "_cls": kind,
        }
        for row in rows
    ]
