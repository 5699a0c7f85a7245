"""A lookup key goes out of use: who is found by it is found by the new one, and contents are compared by it.

Of a dossier the hash and the wrapping of its data key, which is bound to the hash, move together; its
content stays sealed as it is. What is done is told by the rows themselves, so that whoever was stopped
goes on there.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connection, transaction

from orchestrator import conf
from orchestrator.errors import InvalidInput, UnknownKey, Unreadable
from orchestrator.models import KeyInUse
from orchestrator.sealing import envelopes, keys, lookups
from orchestrator.versions import identity, snapshots

STEP = 200  # rows that are locked at once, for some milliseconds
_TRIES, _WAIT_SECONDS = 60, 0.5

_Id = tuple[int, int]  # of a version


@dataclass(frozen=True, kw_only=True)
class RehashedStep:
    """What one step did: dossiers and versions that it hashed anew; and, by id, who is erased, so that nobody
    knows their CPF, and who cannot be read. These need the old key as long as they are there."""

    dossiers: int = 0
    versions: int = 0
    erased: tuple[int, ...] = ()
    unreadable: tuple[int, ...] = ()


def rehash() -> Iterator[RehashedStep]:
    """Hashes everybody, and their versions, by the first lookup key, step by step, while everything runs.

    Safe to run twice and by two at once, and to end at any step. Every process must know the key before:
    one that does not finds nobody who is hashed by it, says so, and makes no dossier. Raises UnknownKey
    where the settings lack a key in use.
    """
    keys.require()
    key_id = next(iter(conf.lookup_keys()))
    _use(key_id)
    while True:
        stuck = 0
        for step in _dossiers(key_id):
            stuck += len(step.erased) + len(step.unreadable)
            yield step
        if _number_left(key_id) <= stuck:
            break
        time.sleep(_WAIT_SECONDS)  # somebody's row was busy
    yield from _versions()


def needed() -> dict[str, dict[str, int]]:
    """By lookup key, the new one too: how many are hashed by it. Looks at every dossier and version.

    Versions need no key: what is hashed by one that is gone is read, and hashed anew.
    """
    found: dict[str, dict[str, int]] = {}
    for key_id, what, number in _all(_NEEDED):
        found.setdefault(key_id, {})[what] = number
    return found


def retire(key_id: str) -> None:
    """From now on the settings may lack this lookup key; safe to run twice.

    Raises InvalidInput where it is the first one, is not known, or is still needed: then it says for what.
    """
    if key_id == next(iter(conf.lookup_keys())):
        raise InvalidInput(
            "key", "current", f"{named(key_id)} is the first lookup key: put another before it."
        )
    with transaction.atomic():
        row = KeyInUse.objects.select_for_update().filter(role=KeyInUse.Role.LOOKUP, key_id=key_id).first()
        if row is None:
            if key_id in conf.lookup_keys():
                return
            raise InvalidInput("key", "unknown", f"No lookup key {named(key_id)} is in use here.")
        uses = needed().get(key_id, {})
        told = ", ".join(f"{what}: {uses[what]}" for what in ("dossiers", "erased people") if what in uses)
        if told:
            raise InvalidInput("key", "needed", f"{named(key_id)} is still needed by {told}.")
        row.delete()


def named(key_id: str) -> str:
    """How people call a lookup key."""
    return key_id or "LOOKUP_KEY"


def _use(key_id: str) -> None:
    for _ in range(_TRIES):
        try:
            return lookups.hash_new_by(key_id)
        except OperationalError:  # whoever makes many dossiers takes a while
            time.sleep(_WAIT_SECONDS)
    raise InvalidInput("key", "busy", "Somebody makes dossiers all the time: try again.")


def _dossiers(key_id: str) -> Iterator[RehashedStep]:
    after: int | None = 0
    while after is not None:
        with transaction.atomic():
            step, after = _dossier_step(key_id, after)
        if after is not None:
            yield step


@dataclass(kw_only=True)
class _Moved:
    """What becomes of some dossiers, and of whom nothing can."""

    rows: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)

    def move(self, key_id: str, pk: int, lookup: bytes, sealed: bytes, wrapped: bytes) -> None:
        if envelopes.key_id(wrapped) is None:
            self.erased.append(pk)
            return
        try:
            new = envelopes.lookup(identity.unsealed_cpf(wrapped, lookup, sealed), key_id)
            self.rows.append((pk, new, envelopes.rebound(wrapped, lookup, new)))
        except UnknownKey:
            raise
        except Unreadable:
            self.unreadable.append(pk)


def _dossier_step(key_id: str, after: int) -> tuple[RehashedStep, int | None]:
    """One step, and up to where; None where nobody is left."""
    rows = _all(_LOCKED, after, key_id, STEP)
    moved = _Moved()
    for pk, *columns in rows:
        moved.move(key_id, pk, *map(bytes, columns))
    if moved.rows:
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [key_id, *map(list, zip(*moved.rows, strict=True))])
    step = RehashedStep(
        dossiers=len(moved.rows), erased=tuple(moved.erased), unreadable=tuple(moved.unreadable)
    )
    return step, rows[-1][0] if rows else None


def _versions() -> Iterator[RehashedStep]:
    """A hash is written where it is still the one that was read: runs hash anew as well."""
    form, after = snapshots.hash_form(), (0, 0)
    while rows := _all(_HASHED, form, *after, STEP):
        anew: list[tuple[int, int, bytes, bytes]] = []
        for pk, number, sealed, old, data_key, lookup in rows:
            try:
                stored = snapshots.unsealed(data_key, lookup, number, sealed)
            except Unreadable:
                continue
            anew.append((pk, number, bytes(old), snapshots.hashed(pk, envelopes.canonical(stored))))
        if anew:
            with connection.cursor() as cursor:
                cursor.execute(_REHASH, list(map(list, zip(*anew, strict=True))))
        yield RehashedStep(versions=len(anew))
        after = rows[-1][:2]


def _number_left(key_id: str) -> int:
    ((number,),) = _all("select count(*) from orchestrator_dossier where lookup_key <> %s", key_id)
    return int(number)


def _all(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


# The strongest lock at once, for a hash that is unique moves; nobody is waited for who has another one.
_LOCKED = """
select id, cpf_lookup, cpf_sealed, data_key from orchestrator_dossier
 where id > %s and lookup_key <> %s order by id limit %s for update skip locked
"""

_MOVE = """
update orchestrator_dossier as d
   set lookup_key = %s, cpf_lookup = anew.cpf_lookup, data_key = anew.data_key, answers_hash = ''
  from unnest(%s::bigint[], %s::bytea[], %s::bytea[]) as anew (id, cpf_lookup, data_key) where d.id = anew.id
"""

_HASHED = """
select version.dossier_id, version.number, version.content_sealed, version.content_hash,
       dossier.data_key, dossier.cpf_lookup
  from orchestrator_snapshot as version
  join orchestrator_dossier as dossier on dossier.id = version.dossier_id
 where substring(version.content_hash from 33) <> %s and (version.dossier_id, version.number) > (%s, %s)
 order by version.dossier_id, version.number limit %s
"""

_REHASH = """
update orchestrator_snapshot as version set content_hash = anew.content_hash
  from unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[]) as anew (id, number, old, content_hash)
 where version.dossier_id = anew.id and version.number = anew.number and version.content_hash = anew.old
"""

_NEEDED = """
select lookup_key, case when length(data_key) > 2 and get_byte(data_key, 0) = 1 then 'dossiers'
                        else 'erased people' end, count(*)
  from orchestrator_dossier group by 1, 2
 union all
select convert_from(substring(content_hash from 34), 'UTF8'), 'versions', count(*)
  from orchestrator_snapshot group by 1
"""
