"""Capa's answers, straight from the stored documents."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from mongoengine import Document
from pymongo.collection import Collection

from sources.capa.documents import FinancialTransaction, LastPurchase
from sources.common import zero
from sources.common.fields import SAO_PAULO

PART = 1000  # documents that are in memory at a time; fewer make more calls, more are slower

Item = dict[str, Any]


def collection(document: type[Document]) -> "Collection[Item]":
    """The stored documents of a kind."""
    found: Collection[Item] = document._get_collection()
    return found


def transaction(stored: Mapping[str, Any]) -> Item:
    """A stored transaction as the API answers it; what it lacks is its zero value."""
    get = stored.get
    return {
        "id": str(stored["_id"]),
        "description": zero.text(get("description")),
        "value": zero.number(get("value")),
        "date": _local(get("date")),
        "cpf": zero.text(get("cpf")),
        "type": zero.text(get("type")),
        "PaymentType": zero.text(get("PaymentType")),
    }


def purchase(stored: Mapping[str, Any]) -> Item:
    """A stored last purchase, likewise: a transaction of which there is one type."""
    answer = transaction(stored)
    del answer["type"]
    return answer


def consulted(cpf: str, stored: Mapping[str, Any]) -> Item:
    """A record that a CPF was read, alone or in a batch, likewise."""
    return {
        "id": str(stored["_id"]),
        "date": _local(stored.get("date")),
        "cpf": cpf,
        "description": zero.text(stored.get("description")),
        "client": zero.text(stored.get("client")),
    }


def items(cpfs: Sequence[str]) -> Iterator[Item]:
    """What is known of these CPFs, one item each, in two queries; no item where nothing is known."""
    purchases = {each["cpf"]: each for each in map(purchase, _found(LastPurchase, cpfs))}
    for cpf, rows in groupby(map(transaction, _found(FinancialTransaction, cpfs)), itemgetter("cpf")):
        last = purchases.pop(cpf, None)
        yield {"cpf": cpf, "financial_transactions": list(rows), "last_purchase": last}
    for cpf, last in purchases.items():
        yield {"cpf": cpf, "financial_transactions": [], "last_purchase": last}


def _found(document: type[Document], cpfs: Sequence[str]) -> Iterator[Item]:
    """The documents of these CPFs, each one's together. A list that holds one of them is found too, and
    is nobody's CPF."""
    asked = collection(document).find({"cpf": {"$in": cpfs}}, batch_size=PART)
    return (stored for stored in asked.sort([("cpf", 1), ("_id", 1)]) if isinstance(stored["cpf"], str))


def _local(value: Any) -> datetime | str:
    """An instant of the store in the time of São Paulo, for orjson to write.

    In UTC up to 1914: before zones, offsets were not whole minutes, which RFC 3339 has no way to write.
    """
    if isinstance(value, datetime) and value.year > 1914:
        return SAO_PAULO.fromutc(value.replace(tzinfo=SAO_PAULO))
    return zero.instant(value)
