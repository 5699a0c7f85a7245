"""Decisions and notes on versions: written once, sealed by the dossier's own key, and read with it.

A decision is authenticated with its version, who made it and when: a row that is moved to another version,
owner or instant cannot be read.
"""

from collections import Counter
from datetime import datetime, timedelta

import orjson
import structlog
from django.db import transaction

from orchestrator import clock
from orchestrator.errors import InvalidInput, NotFound
from orchestrator.models import Dossier, Snapshot, VersionDecision
from orchestrator.records.decisions import Decided, DecisionKind
from orchestrator.sealing import envelopes
from orchestrator.versions import snapshots

MOST_CHARACTERS = 4000
_SAME_WITHIN = timedelta(minutes=10)  # as of a list that is sent again

log = structlog.get_logger(__name__)


@transaction.atomic
def decide(dossier_id: int, number: int, *, kind: str, text: str, owner: str) -> Decided:
    """Writes down what somebody decided by a version, or noted on it. Retention keeps that version.

    The same again, by the same owner within ten minutes and with nothing decided since, is the first:
    whoever clicks twice has decided once. Raises InvalidInput (`kind` with code `unknown`, `text` with code
    `empty` of a note, or `length`), NotFound, and Unreadable of who is erased.
    """
    said = _checked(kind, text)
    try:
        dossier = Dossier.objects.select_for_update(no_key=True).get(pk=dossier_id)
    except Dossier.DoesNotExist:
        raise NotFound("There is no such dossier.") from None
    version = snapshots.find(dossier, number)
    at = clock.now()
    last = VersionDecision.objects.filter(dossier=dossier, number=number).order_by("-pk").first()
    if last is not None and last.owner == owner and at - last.created_at < _SAME_WITHIN:
        known = _opened(dossier, last)
        if (known.kind, known.text) == said:
            return known
    made = VersionDecision(dossier=dossier, number=number, owner=owner, created_at=at)
    made.content_sealed = _key(dossier).seal(
        envelopes.canonical({"kind": said[0], "text": said[1]}), _context(made)
    )
    if not Snapshot.objects.filter(pk=version.pk).update(decided_at=at):
        raise NotFound("It was deleted, since it was old, at this moment.")
    made.save()
    log.info("version.decided", dossier=dossier_id, number=number, owner=owner)
    return _opened(dossier, made)


def of(dossier: Dossier) -> tuple[Decided, ...]:
    """All that was decided by a dossier's versions, the newest first; of who is erased, nothing. Raises
    Unreadable."""
    kept = VersionDecision.objects.filter(dossier=dossier, number__gt=dossier.erased_version)
    return tuple(_opened(dossier, each) for each in kept.exclude(content_sealed=b"").order_by("-pk"))


def counted(dossier: Dossier) -> Counter[int]:
    """How many there are, by version."""
    kept = VersionDecision.objects.filter(dossier=dossier, number__gt=dossier.erased_version)
    return Counter(kept.values_list("number", flat=True))


def empty(dossier: Dossier) -> int:
    """Takes away what was said, for an erasure; gives of how many. The caller holds the dossier's lock."""
    return (
        VersionDecision.objects.filter(dossier=dossier).exclude(content_sealed=b"").update(content_sealed=b"")
    )


def _checked(kind: str, text: str) -> tuple[DecisionKind, str]:
    if kind not in list(DecisionKind):
        raise InvalidInput("kind", "unknown", f"One of {', '.join(DecisionKind)}.")
    said = text.replace("\r\n", "\n").strip()
    if len(said) > MOST_CHARACTERS:
        message = f"The text is longer than {MOST_CHARACTERS} characters."
        raise InvalidInput("text", "length", message, {"most": MOST_CHARACTERS})
    if not said and kind == DecisionKind.NOTE:
        raise InvalidInput("text", "empty", "A note has a text.")
    return DecisionKind(kind), said


def _opened(dossier: Dossier, row: VersionDecision) -> Decided:
    said = orjson.loads(_key(dossier).unseal(bytes(row.content_sealed), _context(row)))
    return Decided(
        id=row.pk,
        version=row.number,
        kind=DecisionKind(said["kind"]),
        text=said["text"],
        owner=row.owner,
        at=row.created_at,
    )


def _key(dossier: Dossier) -> envelopes.Key:
    return envelopes.data_key(dossier.data_key, dossier.cpf_lookup)


def _context(row: VersionDecision) -> bytes:
    at: datetime = row.created_at
    return b"decision:" + envelopes.canonical([row.number, row.owner, at])
