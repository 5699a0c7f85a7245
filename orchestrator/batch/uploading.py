"""Runs over a list that somebody uploads."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from django.db import transaction

from orchestrator import conf, dispatch, keys
from orchestrator.batch import chunks, lists
from orchestrator.batch.lists import Listed, Rejected
from orchestrator.batch.records import ListRows
from orchestrator.errors import InvalidInput
from orchestrator.models import Chunk, RejectedRow, Run
from orchestrator.records import Purpose

_REJECTED_AT_ONCE = 5000


def upload(file: BinaryIO, *, purpose: str, owner: str, allow_invalid_check_digits: bool) -> int:
    """Writes a list down as a run, and only then sends it, best effort; as `runs.upload`."""
    keys.require()
    reason = Purpose.named(purpose)
    listed, rejected = _apart(lists.read(file, allow_invalid_check_digits=allow_invalid_check_digits))
    if not listed:
        raise InvalidInput("file", "no_good_row", _no_good_row(rejected))
    with transaction.atomic():
        run = Run.objects.create(kind=Run.Kind.LIST, purpose=reason, owner=owner)
        chunks.add(run, _chunks(run, listed))
        _keep_rejected(run, rejected)
        run.row_counts = _counted(listed, rejected)
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


def _no_good_row(rejected: Sequence[Rejected]) -> str:
    first = rejected[0]
    return f"No row has a CPF that can be taken. Line {first.line}, for one: {first.message}"


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
    rows = (RejectedRow(run=run, line=row.line, code=row.code, message=row.message) for row in rejected)
    while part := list(islice(rows, _REJECTED_AT_ONCE)):
        RejectedRow.objects.bulk_create(part)


def _counted(listed: Sequence[Listed], rejected: Sequence[Rejected]) -> dict[str, int]:
    duplicates = sum(row.code == "duplicate" for row in rejected)
    counts = ListRows(
        accepted=len(listed),
        restored=sum(row.restored for row in listed),
        duplicates=duplicates,
        rejected=len(rejected) - duplicates,
    )
    return vars(counts)
