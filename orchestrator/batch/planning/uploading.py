"""Runs over a list that somebody uploads."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import BinaryIO

from django.db import transaction

from orchestrator import conf, dispatch
from orchestrator.batch import chunks
from orchestrator.lists import confined
from orchestrator.lists.reading import Listed, Rejected
from orchestrator.models import Chunk, RejectedRow, Run
from orchestrator.records.requests import Purpose
from orchestrator.records.runs import ListRows, NoGoodRow, RejectedLine
from orchestrator.sealing import keys

_REJECTED_AT_ONCE = 5000
_SHOWN = 100  # rows of a list of which none is good


def upload(
    file: BinaryIO, *, purpose: str, owner: str, team: str, allow_invalid_check_digits: bool, sheet: str
) -> int:
    """Writes a list down as a run, and only then sends it, best effort; as `runs.upload`."""
    keys.require()
    reason = Purpose.named(purpose)
    found = confined.read(file, allow_invalid_check_digits=allow_invalid_check_digits, sheet=sheet)
    rows = list(found.rows)
    listed = [row for row in rows if isinstance(row, Listed)]
    rejected = [row for row in rows if isinstance(row, Rejected)]
    if not listed:
        raise NoGoodRow([RejectedLine(**vars(row)) for row in rejected[:_SHOWN]], len(rejected))
    duplicates = sum(row.repeats is not None for row in rejected)
    counted = ListRows(
        accepted=len(listed),
        restored=sum(row.restored for row in listed),
        duplicates=duplicates,
        rejected=len(rejected) - duplicates,
        sheet=found.sheet,
    )
    with transaction.atomic():
        row_counts = asdict(counted)
        run = Run.objects.create(
            kind=Run.Kind.LIST, purpose=reason, owner=owner, team=team, row_counts=row_counts
        )
        chunks.add(run, _chunks(run, listed))
        for start in range(0, len(rejected), _REJECTED_AT_ONCE):
            part = rejected[start : start + _REJECTED_AT_ONCE]
            RejectedRow.objects.bulk_create(RejectedRow(run=run, **vars(row)) for row in part)
        transaction.on_commit(lambda: dispatch.send_plan(run.pk))
    return run.pk


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
