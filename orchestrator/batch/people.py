"""The dossiers of many people at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet

from orchestrator import conf
from orchestrator.errors import DestroyedKey, Unreadable
from orchestrator.models import Dossier
from orchestrator.sealing import envelopes, lookups
from orchestrator.versions import identity

log = structlog.get_logger(__name__)

# Keys go to PostgreSQL as the text of one array: of a list, psycopg2 makes an expression of as many values.
_KNOWN = "select cpf_lookup, id from orchestrator_dossier where cpf_lookup = any(%s)"
_UNKNOWN = """
select lookup from unnest(%s::bytea[]) as given (lookup)
 where not exists (select from orchestrator_dossier where cpf_lookup = lookup)
"""
_INSERT = """
insert into orchestrator_dossier
       (cpf_lookup, lookup_key, cpf_sealed, data_key, latest_version, completeness, provenance, created_at)
select lookup, %s, sealed, data_key, 0, '', '{}', now()
  from unnest(%s::bytea[], %s::bytea[], %s::bytea[]) as new (lookup, sealed, data_key)
on conflict (cpf_lookup) do nothing
"""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Some dossiers: the CPF of who can be asked about, and of the others why not, both by id.

    Who is `erased` has nothing left that could be renewed; the others are `locked`, by an error of the
    installation, and are to be counted as failed.
    """

    cpfs: dict[int, str] = field(default_factory=dict)
    locked: dict[int, str] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)


Row = tuple[int, memoryview, memoryview, memoryview]


def rows(dossiers: QuerySet[Dossier]) -> list[Row]:
    """What `opened` reads of dossiers, the id first."""
    columns: Any = dossiers.values_list("pk", "data_key", "cpf_lookup", "cpf_sealed")
    return list(columns)


def opened(rows: Iterable[Row]) -> Opened:
    """Reads who these dossiers are about."""
    found = Opened()
    for pk, data_key, cpf_lookup, cpf_sealed in rows:
        try:
            found.cpfs[pk] = identity.unsealed_cpf(data_key, cpf_lookup, cpf_sealed)
        except DestroyedKey:
            found.erased.add(pk)
        except Unreadable as error:
            found.locked[pk] = error.code
    if found.locked:
        log.error("people.unreadable", number=len(found.locked), codes=sorted(set(found.locked.values())))
    return found


def make_missing(cpfs: Iterable[str]) -> None:
    """Who of these has no dossier gets one.

    Safe to run twice and by two at once: a CPF has one dossier whoever makes it.
    """
    if not (missing := _missing(cpfs)):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        key_id = lookups.key_for_new()
        if len(conf.lookup_keys()) > 1:
            missing = _missing(missing)
        # In the order of the CPFs: two who make the same dossiers wait for each other in turn, and who is
        # asked about together stands together in the sources' indexes.
        made = [identity.new_dossier(cpf, key_id) for cpf in sorted(missing)]
        hashes = _hexed(each["cpf_lookup"] for each in made)
        sealed = [_hexed(each[name] for each in made) for name in ("cpf_sealed", "data_key")]
        cursor.execute(_INSERT, [key_id, hashes, *sealed])


def ensure(cpfs: Sequence[str]) -> list[int]:
    """The dossier ids of these CPFs, in their order; who has no dossier gets one, likewise."""
    make_missing(cpfs)
    by_lookup = _by_lookup(cpfs)
    known = {by_lookup[bytes(lookup)]: pk for lookup, pk in _rows(_KNOWN, _hexed(by_lookup))}
    return [known[cpf] for cpf in cpfs]


def _missing(cpfs: Iterable[str]) -> list[str]:
    """Who of these has no dossier: nobody stands under any of their hashes."""
    by_lookup = _by_lookup(cpfs)
    unknown = Counter(by_lookup[bytes(lookup)] for (lookup,) in _rows(_UNKNOWN, _hexed(by_lookup)))
    return [cpf for cpf, hashes in unknown.items() if hashes == len(conf.lookup_keys())]


def _by_lookup(cpfs: Iterable[str]) -> dict[bytes, str]:
    return {lookup: cpf for cpf in cpfs for lookup in envelopes.lookups(cpf)}


def _hexed(values: Iterable[bytes]) -> str:
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
