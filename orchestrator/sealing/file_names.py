"""The names of uploaded lists: a file's name may hold a person's name or a CPF, and is sealed for as long as
the run's details are kept. It is no dossier's, so a master key seals it, and its rotation seals it anew.
"""

import re
from unicodedata import normalize

import structlog
from django.db import transaction

from orchestrator.errors import UnknownKey, Unreadable
from orchestrator.models import Run
from orchestrator.sealing import envelopes

LONGEST = 200  # characters of a name that are kept
_AT_ONCE = 1000  # rows that are locked, for some milliseconds
_CPFS = re.compile(r"(?=(\d{11}))")
_BETWEEN_DIGITS = re.compile(r"\D+")

log = structlog.get_logger(__name__)


def sealed(run_id: int, name: str) -> bytes | None:
    """A file's name as the run's row keeps it; None of a nameless one."""
    return envelopes.park(name[:LONGEST], _place(run_id)) if name else None


def opened(run_id: int, kept: bytes | memoryview) -> str:
    """Undoes `sealed`; raises Unreadable."""
    return str(envelopes.unpark(kept, _place(run_id)))


def holds_cpf_of(name: str, lookup: bytes) -> bool:
    """Whether the CPF with that keyed hash is in a name, whatever stands between its digits."""
    bare = _BETWEEN_DIGITS.sub("", normalize("NFKC", name))
    return any(lookup in envelopes.lookups(found) for found in set(_CPFS.findall(bare)))


def reseal() -> int:
    """Seals names anew under the current master key, while everything runs; gives how many. What was altered
    stays as it is. Safe to run twice. Raises UnknownKey."""
    after = number = 0
    while True:
        with transaction.atomic():
            rows = Run.objects.select_for_update(no_key=True).filter(pk__gt=after, file_sealed__isnull=False)
            step = list(rows.only("pk", "file_sealed").order_by("pk")[:_AT_ONCE])
            anew = [run for run in step if _resealed(run)]
            Run.objects.bulk_update(anew, ["file_sealed"])
        if not step:
            return number
        after, number = step[-1].pk, number + len(anew)


def _resealed(run: Run) -> bool:
    current = next(iter(envelopes.masters()))
    kept = bytes(run.file_sealed or b"")
    if envelopes.key_id(kept) == current:
        return False
    try:
        run.file_sealed = sealed(run.pk, opened(run.pk, kept))
    except UnknownKey:
        raise
    except Unreadable:
        log.warning("file_names.unreadable", run=run.pk)
        return False
    return True


def _place(run_id: int) -> str:
    return f"file:{run_id}"
