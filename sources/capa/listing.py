"""Every CPF that Capa knows, in the order of the CPFs, out of two collections that may both hold it."""

from collections.abc import Iterator
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from bson import ObjectId
from django.utils.translation import gettext_lazy as _
from mongoengine import Document

from sources.capa.answers import collection
from sources.capa.documents import FinancialTransaction, LastPurchase

DOCUMENTS: tuple[type[Document], ...] = (FinancialTransaction, LastPurchase)
GONE = _("What this cursor stood for has been deleted. Begin anew, without a cursor.")

Known = tuple[ObjectId, str]  # the id of a document, and the CPF that it is about


def after(key: ObjectId | None, limit: int) -> list[Known]:
    """The CPFs that follow that of a document, each with a document's id; all of them follow None.

    Costs what their documents cost, however many there are. Raises LookupError where the document is gone.
    """
    start = cpf_of(key) if key else ""
    both = merge(*(_following(document, start, limit) for document in DOCUMENTS), key=itemgetter(1))
    return [next(same) for _, same in islice(groupby(both, itemgetter(1)), limit)]


def cpf_of(key: ObjectId) -> str:
    """The CPF that a document is about; LookupError where there is none."""
    for document in DOCUMENTS:
        stored = collection(document).find_one({"_id": key, "cpf": {"$gt": ""}}, {"cpf": 1})
        if stored:
            return str(stored["cpf"])
    raise LookupError


def pipeline(cpf: str, step: int) -> list[dict[str, Any]]:
    """The CPFs of the next `step` documents of a collection, as MongoDB is asked for them.

    An index on the CPF is in the order wanted, and the limit ends its scan. (Grouped without it,
    MongoDB 6 jumps from CPF to CPF, and reads 4 MB of them before it hands out the first.)
    """
    return [
        {"$match": {"cpf": {"$gt": cpf}}},
        {"$sort": {"cpf": 1}},
        {"$limit": step},
        {"$group": {"_id": "$cpf", "key": {"$min": "$_id"}}},
        {"$sort": {"_id": 1}},
    ]


def _following(document: type[Document], cpf: str, step: int) -> Iterator[Known]:
    """All CPFs of a collection that follow one, read as they are asked for."""
    while True:
        found = collection(document).aggregate(pipeline(cpf, step))
        rows = [(row["key"], row["_id"]) for row in found if isinstance(row["_id"], str)]
        if not rows:
            return
        yield from rows
        cpf = rows[-1][1]
