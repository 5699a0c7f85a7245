"""Who dossiers are about, many at once: CPF, name, and how they stand."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection
from msgspec import Struct

from orchestrator.errors import Unreadable
from orchestrator.models import Dossier
from orchestrator.records.dossiers import Headline
from orchestrator.sealing import envelopes
from orchestrator.versions import identity, names, snapshots
from orchestrator.versions.names import Named

AT_ONCE = 200  # contents that are opened at once


def many(dossier_ids: Sequence[int]) -> dict[int, Headline | Unreadable]:
    """The headlines of some dozens of dossiers, by id; or why one cannot be read. Who does not exist is left
    out. Two queries, and a third where a name was not noted yet."""
    named = all_names(dossier_ids)
    told: dict[int, Headline | Unreadable] = dict(named.closed)
    for dossier in Dossier.objects.filter(pk__in=set(dossier_ids) - named.closed.keys()):
        try:
            told[dossier.pk] = _headline(dossier, named.names.get(dossier.pk, ""))
        except Unreadable as error:
            told[dossier.pk] = error
    return told


def _headline(dossier: Dossier, name: str) -> Headline:
    stands = dossier.has_version
    return Headline(
        id=dossier.pk,
        cpf=identity.cpf_of(dossier),
        name=name or None,
        version=dossier.latest_version if stands else None,
        completeness=dossier.completeness if stands else None,
        checked_at=dossier.checked_at if stands else None,
    )


def all_names(dossier_ids: Sequence[int], *, at_most: int | None = None) -> Named:
    """What these dossiers call their people; that of no more than so many versions, if told, is read from
    their contents: `unnoted` are the others."""
    found = names.opened(dossier_ids)
    to_open, left = found.unnoted, list[int]()
    if at_most is not None:
        to_open, left = found.unnoted[:at_most], found.unnoted[at_most:]
    for each in in_contents(to_open):
        if isinstance(each, Written):
            found.names[each.dossier_id] = each.name
        else:
            found.closed[each[0]] = each[1]
    return Named(names=found.names, unnoted=left, closed=found.closed, contents=len(to_open))


class Written(Struct, frozen=True, kw_only=True):
    """The name in a dossier's latest version, as it is and as the dossier's row is to keep it."""

    dossier_id: int
    number: int
    name: str
    sealed: bytes


def in_contents(dossier_ids: Iterable[int]) -> Iterator[Written | tuple[int, Unreadable]]:
    """The names in the contents of these dossiers' latest versions; or, by id, why one cannot be read."""
    ids = list(dossier_ids)
    for start in range(0, len(ids), AT_ONCE):
        for pk, number, sealed, data_key, lookup in _contents(ids[start : start + AT_ONCE]):
            try:
                stored = snapshots.unsealed(data_key, lookup, number, sealed)
                key = envelopes.data_key(data_key, lookup)
            except Unreadable as error:
                yield pk, error
                continue
            name = names.taken({source: block["person"].get("name") for source, block in stored.items()})
            yield Written(dossier_id=pk, number=number, name=name, sealed=names.sealed(key, name))


def _contents(dossier_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [list(dossier_ids)])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_LATEST = """
select version.dossier_id, version.number, version.content_sealed, dossier.data_key, dossier.cpf_lookup
  from orchestrator_dossier as dossier
  join orchestrator_snapshot as version on version.dossier_id = dossier.id
                                       and version.number = dossier.latest_version
 where dossier.id = any(%s::bigint[]) and dossier.latest_version > dossier.erased_version
"""
