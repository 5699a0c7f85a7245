"""Adds demo customers to Capa, in bulk."""

from collections.abc import Sequence
from typing import Any

from bson import Decimal128, ObjectId

from fixtures.records import CapaRecord, Transaction
from sources.capa.answers import collection
from sources.capa.documents import FinancialTransaction, LastPurchase


def known() -> set[str]:
    """The CPFs of which Capa knows anything."""
    transactions = collection(FinancialTransaction).distinct("cpf")
    return {*transactions, *collection(LastPurchase).distinct("cpf")}


def insert(records: Sequence[CapaRecord]) -> None:
    """Adds last purchases and then transactions; what a record lacks is not stored."""
    purchases = [_stored(each.cpf, each.last_purchase) for each in records if each.last_purchase]
    for purchase in purchases:
        purchase.pop("type", None)
    transactions = [_stored(record.cpf, each) for record in records for each in record.transactions]
    for document, rows in ((LastPurchase, purchases), (FinancialTransaction, transactions)):
        if rows:
            collection(document).insert_many(rows, ordered=False)


def _stored(cpf: str, transaction: Transaction) -> dict[str, Any]:
    values = {
        "_id": ObjectId(transaction.id),
        "description": transaction.description,
        "value": Decimal128(transaction.value),
        "date": transaction.date,
        "cpf": cpf,
        "type": transaction.type,
        "PaymentType": transaction.payment_type,
    }
    return {name: value for name, value in values.items() if value is not None}
