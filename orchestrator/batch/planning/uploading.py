"""Runs over a list that somebody uploads."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
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


def upload(file: BinaryIO, *, purpose: str, owner: str, allow_invalid_check_digits: bool, sheet: str) -> int:
    """Writes a list down as a run, and only then sends it, best effort; as `runs.upload`."""
    keys.require()
    reason = Purpose.named(purpose)
    found = confined.read(file, allow_invalid_check_digits=allow_invalid_check_digits, sheet=sheet)
    listed, rejected = _apart(found.rows)
    if not listed:
        raise NoGoodRow([_told(row) for row in rejected[:_SHOWN]], len(rejected))
    with transaction.atomic():
        run = Run.objects.create(kind=Run.Kind.LIST, purpose=reason, owner=owner)
        chunks.add(run, _chunks(run, listed))
        _keep_rejected(run, rejected)
        run.row_counts = vars(_counted(listed, rejected, found.sheet))
        run.save(update_fields=["row_counts"])
        transaction.on_commit(lambda: dispatch.send_plan(run.pk))
    return run.pk


def _apart(rows: Iterable[Listed | Rejected]) -> tuple[list[Listed], list[Rejected]]:
    listed: list[Listed] = []
    rejected: list[Rejected] = []
    for row in rows:
        if isinstance(row, Listed):
            listed.append(row)
        else:
            rejected.append(row)
    return listed, rejected


def _told(row: Rejected) -> RejectedLine:
    return RejectedLine(line=row.line, code=row.code, message=row.message, repeats=row.repeats)


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


def _keep_rejected(run: Run, rejected: Iterable[Rejected]) -> None:
    rows = (RejectedRow(run=run, **vars(row)) for row in rejected)
    while part := list(islice(rows, _REJECTED_AT_ONCE)):
        RejectedRow.objects.bulk_create(part)


def _counted(listed: Sequence[Listed], rejected: Sequence[Rejected], sheet: str) -> ListRows:
    duplicates = sum(row.repeats is not None for row in rejected)
    return ListRows(
        accepted=len(listed),
        restored=sum(row.restored for row in listed),
        duplicates=duplicates,
        rejected=len(rejected) - duplicates,
        sheet=sheet,
    )
