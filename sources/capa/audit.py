"""The log of consulted CPFs: written before the answer, so that no read goes unrecorded."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rest_framework.request import Request

from ops.service.authentication import client_of
from sources.capa.answers import collection
from sources.capa.documents import ConsultedCpf

TRANSACTIONS = "Financial transactions by CPF."
LAST_PURCHASE = "Last customer purchase by CPF."
BATCH = "Transactions and last purchase, in a batch."


def record(cpfs: Sequence[str], description: str, request: Request) -> None:
    """Notes that the request's client asked for these CPFs, by one bulk write."""
    now = datetime.now(UTC)
    client = client_of(request).client_id
    collection(ConsultedCpf).insert_many(
        [{"date": now, "cpf": cpf, "description": description, "client": client} for cpf in cpfs],
        ordered=False,
    )
