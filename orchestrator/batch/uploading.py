"""Runs that people ask for: over a list, or over what failed in an earlier run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO

from django.db import transaction
from django.db.models.functions import Now

from orchestrator import conf, dispatch, sealing, snapshots
from orchestrator.batch import chunks, confined
from orchestrator.batch.lists import Listed, Rejected
from orchestrator.batch.records import ListRows, RejectedLine
from orchestrator.errors import InvalidInput, NothingToRetry
from orchestrator.models import Chunk, Dossier, RejectedRow, Run
from orchestrator.records import Purpose

_REJECTED_AT_ONCE = 5000
_SHOWN = 100  # rows of a list of which none is good


class NoGoodRow(InvalidInput):
    """None of a list's rows can be built: `rejected` are the first of them, `number` is how many."""

    def __init__(self, rejected: Sequence[Rejected]) -> None:
        self.rejected = tuple(_told(row) for row in rejected[:_SHOWN])
        self.number = len(rejected)
        first = rejected[0]
        message = f"No row has a CPF that can be taken. Line {first.line:,}, for one: {first.message}"
        super().__init__("file", "no_good_row", message)


def upload(file: BinaryIO, *, purpose: str, owner: str, allow_invalid_check_digits: bool, sheet: str) -> int:
    """Writes a list down as a run, and only then sends it, best effort; as `runs.upload`."""
    reason = Purpose.named(purpose)
    found = confined.read(file, allow_invalid_check_digits=allow_invalid_check_digits, sheet=sheet)
    listed, rejected = _apart(found.rows)
    if not listed:
        raise NoGoodRow(rejected)
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


def retry(ended: Run, *, owner: str) -> int:
    """A run over those who failed or are partial in an ended one; as `runs.retry_failed`."""
    if ended.finished_at is None:
        raise NothingToRetry("The run goes on: it will ask again by itself for what failed.")
    with transaction.atomic():
        run = Run.objects.create(
            kind=Run.Kind.RETRY, purpose=ended.purpose, owner=owner, parent=ended, planned_at=Now()
        )
        again = [_again(run, number, chunk) for number, chunk in enumerate(_with_failures(ended), start=1)]
        made = [chunk for chunk in again if chunk is not None]
        if not made:
            raise NothingToRetry(
                "Every dossier of the run has all its sources: there is nothing to try again."
            )
        chunks.add(run, made)
        transaction.on_commit(lambda: dispatch.send_plan(run.pk))
    return run.pk


def _with_failures(run: Run) -> Iterator[Chunk]:
    failing = run.chunks.filter(ended_at__isnull=False).exclude(failures={})
    return failing.order_by("number").iterator(chunk_size=20)


def _again(run: Run, number: int, chunk: Chunk) -> Chunk | None:
    """The failed ones of a chunk; of each only the sources are asked that failed."""
    ids = {place: pk for place, pk in enumerate(chunk.dossier_ids or []) if _is_lacking(chunk, place)}
    cpfs = _cpfs(ids.values())
    places = [place for place, pk in ids.items() if pk in cpfs]
    if not places:
        return None
    return chunks.new(
        run,
        number,
        [cpfs[ids[place]] for place in places],
        dossier_ids=[ids[place] for place in places],
        lines=[chunk.lines[place] for place in places] if chunk.lines else None,
        restored=[new for new, place in enumerate(places) if place in chunk.restored],
        asks=_asks(chunk.failures, places),
    )


def _is_lacking(chunk: Chunk, place: int) -> bool:
    return str(place) in chunk.failures


def _asks(failures: Mapping[str, Mapping[str, str]], places: Sequence[int]) -> dict[str, list[int]]:
    asks: dict[str, list[int]] = {}
    for new, place in enumerate(places):
        for source in failures[str(place)]:
            asks.setdefault(source, []).append(new)
    return asks


def _cpfs(dossier_ids: Iterable[int]) -> dict[int, str]:
    """By dossier the CPF; who is erased is not asked about."""
    found: dict[int, str] = {}
    for dossier in Dossier.objects.filter(pk__in=list(dossier_ids)).only(
        "cpf_sealed", "data_key", "cpf_lookup"
    ):
        try:
            found[dossier.pk] = snapshots.cpf_of(dossier)
        except sealing.CannotUnseal:
            continue
    return found
