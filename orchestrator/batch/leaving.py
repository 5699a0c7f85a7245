"""Who is erased leaves the runs under way: no chunk holds the CPF any more, and nothing that was fetched for
one that did is kept.

A chunk is replaced by one of the others. Whoever works on the old one finds it gone, and saves nothing of
it: the others are asked about again.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from django.db import transaction
from django.db.models import F, Q, QuerySet

from orchestrator import clock
from orchestrator.batch import chunks
from orchestrator.batch.counting import counts, tallies
from orchestrator.batch.counting.counts import News, OfChunk
from orchestrator.batch.schedule import lifecycle, splitting
from orchestrator.batch.work import parking
from orchestrator.clients import registry
from orchestrator.errors import DestroyedKey, Unreadable
from orchestrator.models import Chunk, Run
from orchestrator.sealing import envelopes, file_names


def are_listed(cpf: str) -> bool:
    """Whether a list that was not looked up yet has this CPF."""
    return any(cpf in chunks.opened(chunk) for chunk in _open(Q(dossier_ids=None)))


def leave(dossier_id: int, lookup: bytes) -> int:
    """Takes a person, whose key is destroyed, out of every chunk that has not ended; gives how many chunks
    that were. Safe to run twice.

    In a list the person's row has the outcome `erased`; another run counts them as left out.
    """
    left = 0
    holding = _open(Q(dossier_ids=None) | Q(dossier_ids__contains=[dossier_id]))
    # Also runs that hold nobody of them now: who plans one may be about to write that down.
    active = Run.objects.filter(Q(finished_at=None) | Q(pk__in=holding.values("run")))
    for run_id in active.order_by("pk").values_list("pk", flat=True):
        gone: list[Chunk] = []
        with transaction.atomic():
            run = Run.objects.select_for_update(no_key=True).get(pk=run_id)
            for chunk in holding.filter(run=run).select_for_update(no_key=True, of=("self",)):
                place = _place(chunk, dossier_id, lookup)
                if place is not None:
                    gone.append(chunk)
                    _drop_parts([chunk])
                    _replace(run, chunk, place, dossier_id)
        if gone:
            _drop_parts(gone)  # again: what was parked before the old chunk was gone
            lifecycle.advance(run_id)
        left += len(gone)
    return left


def forget_file_names(dossier_id: int, lookup: bytes) -> int:
    """Lets go of what lists were called in which a person stands, whose key is destroyed, or whose name has
    their CPF: it may be of them. Gives how many. Safe to run twice, after `leave`."""
    named = Run.objects.filter(file_sealed__isnull=False)
    theirs = set(named.filter(chunks__dossier_ids__contains=[dossier_id]).values_list("pk", flat=True))
    for pk, kept in named.exclude(pk__in=theirs).values_list("pk", "file_sealed"):
        with suppress(Unreadable):
            if file_names.holds_cpf_of(file_names.opened(pk, kept or b""), lookup):
                theirs.add(pk)
    return Run.objects.filter(pk__in=theirs).update(file_sealed=None)


def _open(which: Q) -> QuerySet[Chunk]:
    return Chunk.objects.filter(which, cpfs_sealed__isnull=False).order_by("pk")


def _place(chunk: Chunk, dossier_id: int | None, lookup: bytes) -> int | None:
    """Where a person stands in a chunk; None where nowhere."""
    if chunk.dossier_ids is not None:
        at, known = dossier_id, list[object](chunk.dossier_ids)
        return known.index(at) if at in known else None
    opened = enumerate(chunks.opened(chunk))
    return next((place for place, cpf in opened if lookup in envelopes.lookups(cpf)), None)


def _drop_parts(gone: Sequence[Chunk]) -> None:
    for chunk in gone:
        parking.drop(chunk.pk, chunk.passes, [source.name for source in registry.SOURCES])


def _replace(run: Run, chunk: Chunk, place: int, dossier_id: int) -> None:
    others, person = splitting.without(chunk, place)
    before, began_at = counts.of_chunk(person), chunk.began_at or clock.now()
    Chunk.objects.filter(pk=chunk.pk).delete()
    Chunk.objects.bulk_create(others)
    if chunk.lines is None:
        Run.objects.filter(pk=run.pk).update(erased=F("erased") + 1)
        counts.grow(run.pk, -1)
        after = OfChunk()
    else:
        _end(person, dossier_id)
        after = counts.of_chunk(person)
    counts.move(run.pk, before, after, News(), began_at=began_at)


def _end(person: Chunk, dossier_id: int) -> None:
    """What an earlier pass has brought stands as a number; what was still to be asked is asked no more."""
    codes = dict.fromkeys((source.name for source in registry.SOURCES), DestroyedKey.code)
    failures = {"0": person.failures.get("0", {}) | codes}
    totals = tallies.count(person.saved, failures)
    told = {"dossier_ids": [dossier_id], "failures": failures, "state": Chunk.State.ENDED, **asdict(totals)}
    for name, value in told.items():
        setattr(person, name, value)
    person.cpfs_sealed = person.asks = None
    person.ended_at = clock.now()
    person.save()
