"""Capa's answers, straight from the stored documents."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from mongoengine import Document
from pymongo.collection import Collection

from sources.capa.documents import FinancialTransaction, LastPurchase
from sources.common import zero

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
Item = dict[str, Any]


def collection(document: type[Document]) -> "Collection[Item]":
    """The stored documents of a class."""
    found: Collection[Item] = document._get_collection()
    return found


def purchase(stored: Mapping[str, Any]) -> Item:
    """A stored last purchase as the API answers it; what it lacks is its zero value."""
    return {
        "id": str(stored["_id"]),
        "description": zero.text(stored.get("description")),
        "value": zero.number(stored.get("value")),
        "date": zero.instant(stored.get("date"), SAO_PAULO),
        "cpf": zero.text(stored.get("cpf")),
        "PaymentType": zero.text(stored.get("PaymentType")),
    }


def transaction(stored: Mapping[str, Any]) -> Item:
    """A stored transaction, likewise."""
    answer = purchase(stored)
    payment = answer.pop("PaymentType")
    return {**answer, "type": zero.text(stored.get("type")), "PaymentType": payment}


def consulted(stored: Mapping[str, Any]) -> Item:
    """A record that a CPF was read, likewise."""
    return {
        "id": str(stored["_id"]),
        "date": zero.instant(stored.get("date"), SAO_PAULO),
        "cpf": zero.text(stored.get("cpf")),
        "description": zero.text(stored.get("description")),
        "client": zero.text(stored.get("client")),
    }


def items(cpfs: Sequence[str]) -> list[Item]:
    """What is known of these CPFs, one item each, in two queries; no item where nothing is known."""
    match = {"cpf": {"$in": list(cpfs)}}
    transactions: dict[str, list[Item]] = defaultdict(list)
    for stored in collection(FinancialTransaction).find(match).sort([("cpf", 1), ("_id", 1)]):
        transactions[stored["cpf"]].append(transaction(stored))
    purchases = {stored["cpf"]: purchase(stored) for stored in collection(LastPurchase).find(match)}
    return [
        {"cpf": cpf, "financial_transactions": transactions[cpf], "last_purchase": purchases.get(cpf)}
        for cpf in cpfs
        if cpf in transactions or cpf in purchases
    ]
