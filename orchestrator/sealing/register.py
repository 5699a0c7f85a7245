"""The register of erasures: a file beside the master keys, for what a backup of the database cannot know.

A line each, as JSON: which dossier (its id and its beginning name it exactly), when, and the keyed hash of
the CPF. It is on the disk before a key is destroyed, and whatever database is restored later is brought up to
it before anything starts. Neither the CPF nor the reason is in it.
"""

import fcntl
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from orchestrator import conf
from orchestrator.errors import NotReplayed
from orchestrator.models import Erasure


@dataclass(frozen=True, kw_only=True)
class ErasureEntry:
    """An erasure. `created_at` is the dossier's."""

    dossier_id: int
    created_at: datetime
    erased_at: datetime
    lookup: bytes = field(repr=False)

    @property
    def dossier(self) -> tuple[int, datetime]:
        """What names the dossier: its row may have had another one before."""
        return self.dossier_id, self.created_at


def append(entries: Iterable[ErasureEntry]) -> None:
    """Writes down, on the disk, those that are not there yet; safe to run twice and by two at once.

    Raises ImproperlyConfigured where that cannot be done.
    """
    path = conf.erasure_register()
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            written = file.read()
            whole = written[: written.rfind(b"\n") + 1]
            file.truncate(len(whole))  # a line that somebody died over was no erasure yet
            known = {each.dossier for each in _read(whole)}
            file.write(b"".join(_line(each) for each in entries if each.dossier not in known))
            file.flush()
            os.fsync(descriptor)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise ImproperlyConfigured(
            f"ERASURE_REGISTER: {path} cannot be written ({error.strerror}), and nobody is erased without it."
        ) from None


def entries() -> list[ErasureEntry]:
    """All of it; nothing where there is no such file. Raises ImproperlyConfigured where it cannot be read."""
    path = conf.erasure_register()
    try:
        return _read(path.read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ImproperlyConfigured(f"ERASURE_REGISTER: {path} cannot be read ({error.strerror}).") from None


def missing() -> list[ErasureEntry]:
    """The erasures that the database lacks."""
    if not (named := entries()):
        return []
    done = set(Erasure.objects.values_list("dossier_id", "created_at"))
    return [each for each in named if each.dossier not in done]


def require() -> None:
    """Refuses to begin while the database lacks an erasure: raises NotReplayed."""
    lacking = missing()
    if lacking:  # the database may have them in a moment, when who erases just now has done so
        with connection.cursor() as cursor:
            cursor.execute(_AWAIT_ERASURES, [[each.dossier_id for each in lacking]])
        lacking = missing()
    if lacking:
        raise NotReplayed(
            f"The database lacks {len(lacking)} of the erasures in {conf.erasure_register()}, as one that was"
            " restored does: run `manage.py replay_erasures` first."
        )


_AWAIT_ERASURES = "select id from orchestrator_dossier where id = any(%s::bigint[]) for key share"


def _line(entry: ErasureEntry) -> bytes:
    told = {
        "dossier_id": entry.dossier_id,
        "created_at": entry.created_at,
        "erased_at": entry.erased_at,
        "lookup": entry.lookup.hex(),
    }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _read(written: bytes) -> list[ErasureEntry]:
    """Its whole lines: behind them there may be one that is just being written."""
    lines = enumerate(written.split(b"\n")[:-1], start=1)
    return [_entry(number, line) for number, line in lines]


def _entry(number: int, line: bytes) -> ErasureEntry:
    try:
        told = orjson.loads(line)
        created_at, erased_at = (datetime.fromisoformat(told[name]) for name in ("created_at", "erased_at"))
        lookup = bytes.fromhex(told["lookup"])
        return ErasureEntry(
            dossier_id=int(told["dossier_id"]), created_at=created_at, erased_at=erased_at, lookup=lookup
        )
    except (ValueError, TypeError, KeyError):
        raise ImproperlyConfigured(
            f"ERASURE_REGISTER: line {number} of {conf.erasure_register()} cannot be read: put the file back"
            " from its copy."
        ) from None
