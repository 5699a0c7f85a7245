"""Runs over a list that somebody uploads."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import BinaryIO

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator import conf, content, dispatch
from orchestrator.batch import chunks
from orchestrator.lists import confined
from orchestrator.lists.reading import Listed, Rejected
from orchestrator.models import Chunk, RejectedRow, Run
from orchestrator.records.requests import Purpose
from orchestrator.records.runs import ListAccepted, ListRows, NoGoodRow, RejectedLine
from orchestrator.sealing import envelopes, file_names, keys

_REJECTED_AT_ONCE = 5000
_SHOWN = 100  # rows of a list of which none is good


_SAME_FOR = timedelta(minutes=10)
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True, kw_only=True)
class GivenList:
    """A list that was read; `digest` is the keyed hash by which the same one is known."""

    listed: Sequence[Listed]
    rejected: Sequence[Rejected]
    sheet: str
    digest: bytes


def read(file: BinaryIO, *, allow_invalid_check_digits: bool, sheet: str) -> GivenList:
    """Reads a list, as `runs.read_list`."""
    found = confined.read(file, allow_invalid_check_digits=allow_invalid_check_digits, sheet=sheet)
    rows = list(found.rows)
    listed = [row for row in rows if isinstance(row, Listed)]
    rejected = [row for row in rows if isinstance(row, Rejected)]
    if not listed:
        raise NoGoodRow([RejectedLine(**vars(row)) for row in rejected[:_SHOWN]], len(rejected))
    told = [allow_invalid_check_digits, found.sheet, [[row.line, row.cpf] for row in listed]]
    told.append([[row.line, row.code] for row in rejected])
    return GivenList(listed=listed, rejected=rejected, sheet=found.sheet, digest=envelopes.list_hash(told))


def start(
    given: GivenList, *, purpose: str, owner: str, team: str, anew: bool, file_name: str
) -> ListAccepted:
    """Writes a list down as a run, and only then sends it, best effort; as `runs.start_list`."""
    keys.require()
    reason = Purpose.named(purpose)
    with transaction.atomic():
        if not anew and (run_id := _same(given, reason, owner, team)):
            return ListAccepted(run_id=run_id, existing=True)
        run = Run.objects.create(
            kind=Run.Kind.LIST,
            purpose=reason,
            owner=owner,
            team=team,
            row_counts=asdict(_counted(given)),
            list_digest=given.digest,
        )
        Run.objects.filter(pk=run.pk).update(file_sealed=file_names.sealed(run.pk, content.text(file_name)))
        chunks.add(run, _chunks(run, given.listed))
        for start in range(0, len(given.rejected), _REJECTED_AT_ONCE):
            part = given.rejected[start : start + _REJECTED_AT_ONCE]
            RejectedRow.objects.bulk_create(RejectedRow(run=run, **vars(row)) for row in part)
        transaction.on_commit(lambda: dispatch.send_plan(run.pk))
    return ListAccepted(run_id=run.pk, existing=False)


def _same(given: GivenList, purpose: Purpose, owner: str, team: str) -> int | None:
    """The run over the same list, for the same owner and purpose, that goes on or was sent a short while ago.

    Whoever sends it at the same moment waits until the first is written down.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"list:{owner}:{given.digest.hex()}"])
    lately = Q(finished_at=None) | Q(created_at__gt=Now() - _SAME_FOR)
    broken_off = (Run.State.FAILED, Run.State.CANCELLED)
    same = Run.objects.filter(lately, list_digest=given.digest, owner=owner, team=team, purpose=purpose)
    return same.exclude(state__in=broken_off).order_by("-pk").values_list("pk", flat=True).first()


def _counted(given: GivenList) -> ListRows:
    duplicates = sum(row.repeats is not None for row in given.rejected)
    return ListRows(
        accepted=len(given.listed),
        restored=sum(row.restored for row in given.listed),
        duplicates=duplicates,
        rejected=len(given.rejected) - duplicates,
        sheet=given.sheet,
    )


def _chunks(run: Run, listed: Sequence[Listed]) -> Iterator[Chunk]:
    for number, start in enumerate(range(0, len(listed), conf.RUN_CHUNK), start=1):
        part = listed[start : start + conf.RUN_CHUNK]
        yield chunks.new(
            run,
            number,
            [row.cpf for row in part],
            lines=[row.line for row in part],
            restored=[place for place, row in enumerate(part) if row.restored],
        )
