"""The log of consulted CPFs: written before the answer, so that no read goes unrecorded.

A read of many is one record, which names their roster. A night asks for the same people as the night
before, so that it adds a record per batch and nothing else: a record, or an index entry, for each
person made every night slower than the one before (ops/decisions/0016).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from rest_framework.request import Request

from ops.service.access.authentication import client_of
from sources.capa.answers import collection
from sources.capa.documents import ConsultedCpf, Roster

TRANSACTIONS = "Financial transactions by CPF."
LAST_PURCHASE = "Last customer purchase by CPF."
BATCH = "Transactions and last purchase, in a batch."
EXPIRES = "expires"  # the index by which MongoDB deletes


def record(cpfs: Sequence[str], description: str, request: Request) -> None:
    """Notes that the request's client asked for these CPFs, each of them once."""
    now = datetime.now(UTC)
    note: dict[str, Any] = {"date": now, "description": description, "client": client_of(request).client_id}
    if len(cpfs) == 1:
        note["cpf"] = cpfs[0]
    else:
        ordered = sorted(cpfs)
        note["roster"] = sha256("".join(ordered).encode()).digest()
        # It is kept as long as the last record that names it.
        roster = {"$set": {"date": now}, "$setOnInsert": {"cpfs": ordered}}
        collection(Roster).update_one({"_id": note["roster"]}, roster, upsert=True)
    collection(ConsultedCpf).insert_one(note)


def reads_of(cpf: str) -> dict[str, Any]:
    """What finds the records of a CPF's reads, those in a batch too, in the log."""
    rosters = collection(Roster).find({"cpfs": cpf}, {"_id": 1})
    return {"$or": [{"cpf": cpf}, {"roster": {"$in": [each["_id"] for each in rosters]}}]}


def keep_for(days: int) -> None:
    """Has MongoDB delete, a little each minute, the records older than so many days, and the rosters that
    none of those that stay can name. Safe to run twice."""
    seconds = int(timedelta(days=days).total_seconds())
    for document in (ConsultedCpf, Roster):
        log = collection(document)
        if log.index_information().get(EXPIRES, {}).get("expireAfterSeconds") not in (None, seconds):
            log.drop_index(EXPIRES)
        log.create_index("date", name=EXPIRES, expireAfterSeconds=seconds)
