"""Does what is asked under a key once, and answers it as often as it is asked
(draft-ietf-httpapi-idempotency-key-header).

The answer is a row that is written in the transaction of what was asked: whatever dies in between, either
both are there or neither. While that transaction goes on its key is locked, by the server, which notices a
death.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from ops.service.api.bodies import dumps
from portal.idempotency.models import KeptAnswer

KEPT = timedelta(hours=24)
_LOCK = "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


class StillRunning(Exception):
    """The same key is being worked on."""


class AnotherAsked(Exception):
    """Something else was asked under the same key."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What is answered to something that was done; `body` has ids, never a CPF."""

    status: int
    body: Mapping[str, Any]
    location: str


def once(*, owner: str, key: str, asked: object, act: Callable[[], Receipt]) -> tuple[Receipt, bool]:
    """The answer of `act`, or the one that this owner was given under this key; and whether it is that one.

    `asked` is all that decides what is done, as JSON values. What `act` raises undoes all, and keeps nothing.
    Raises StillRunning and AnotherAsked.
    """
    hashed, wanted = _hash("key", key.encode()), _hash("asked", dumps(asked))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [f"idempotency:{owner}:{hashed.hex()}"])
            if not cursor.fetchone()[0]:
                raise StillRunning
        given = KeptAnswer.objects.filter(owner=owner, key=hashed)
        if kept := given.filter(created_at__gt=Now() - KEPT).first():
            if bytes(kept.asked) != wanted:
                raise AnotherAsked
            return Receipt(status=kept.status, body=kept.body, location=kept.location), True
        given.delete()  # one that is over, and was not yet removed
        answer = act()
        KeptAnswer.objects.create(owner=owner, key=hashed, asked=wanted, **vars(answer))
    return answer, False


def _hash(what: str, value: bytes) -> bytes:
    return salted_hmac(f"portal.idempotency.{what}", value, algorithm="sha256").digest()
