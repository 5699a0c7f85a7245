"""One bulk read and one bulk write for the dossiers of a chunk, in plain SQL."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import IntegerField, Value
from django.db.models.functions import Cast
from msgspec import Struct

from orchestrator.errors import Unreadable
from orchestrator.versions import snapshots
from orchestrator.versions.snapshots import Content


class Standing(Struct, frozen=True, kw_only=True):
    """A dossier as it stands. `provenance` is its stored JSON, which few have to read."""

    id: int
    latest_version: int
    erased_version: int
    answers_hash: bytes
    checked_at: datetime | None
    provenance: str
    created_at: datetime

    @property
    def seen(self) -> "Seen":
        """What has moved where somebody else has checked the dossier since, or begun it anew."""
        return self.latest_version, self.checked_at, self.created_at

    @property
    def has_version(self) -> bool:
        """Whether a version stands."""
        return self.latest_version > self.erased_version


Seen = tuple[int, datetime | None, datetime]  # latest version, last check, beginning


class Kept(Struct, frozen=True, kw_only=True):
    """What a dossier is to become: a new version, or, where it is not changed, only what moved.

    `provenance` is its stored JSON. `answers_hash` is None where not every answer was read. `rehash`: what
    stands is this content, hashed in an older form. `negative`: the content tells of debts.
    """

    changed: bool
    completeness: str
    provenance: str
    content: bytes = b""
    content_hash: bytes = b""
    answers_hash: bytes | None = None
    rehash: bool = False
    negative: bool = False


def standing(dossier_ids: Sequence[int]) -> dict[int, Standing]:
    """The dossiers by id."""
    rows = _all(
        "select id, latest_version, erased_version, answers_hash, checked_at, provenance::text, created_at"
        "  from orchestrator_dossier where id = any(%s::bigint[])",
        [_numbers(dossier_ids)],
    )
    return {
        pk: Standing(
            id=pk,
            latest_version=version,
            erased_version=erased,
            answers_hash=bytes(answers),
            checked_at=at,
            provenance=text,
            created_at=began,
        )
        for pk, version, erased, answers, at, text, began in rows
    }


_LATEST = """
select version.dossier_id, {columns}
  from unnest(%s::bigint[], %s::bigint[]) as latest (id, number)
  join orchestrator_snapshot as version on version.dossier_id = latest.id and version.number = latest.number
  {join}
"""


def hashes(dossiers: Iterable[Standing]) -> dict[int, bytes]:
    """The content hash of each dossier's latest version, by dossier."""
    return {pk: bytes(digest) for pk, digest in _latest("version.content_hash", "", dossiers)}


def contents(dossiers: Iterable[Standing]) -> tuple[dict[int, Content], dict[int, str]]:
    """The content of each dossier's latest version, by dossier, and why those cannot be read that cannot."""
    rows = _latest(
        "version.number, version.content_sealed, dossier.data_key, dossier.cpf_lookup",
        "join orchestrator_dossier as dossier on dossier.id = latest.id",
        dossiers,
    )
    opened, closed = dict[int, Content](), dict[int, str]()
    for pk, number, sealed, key, lookup in rows:
        try:
            opened[pk] = snapshots.unsealed(key, lookup, number, sealed)
        except Unreadable as error:
            closed[pk] = error.code
    return opened, closed


def _latest(columns: str, join: str, dossiers: Iterable[Standing]) -> list[tuple[Any, ...]]:
    chosen = [each for each in dossiers if each.has_version]
    pairs = [_numbers(each.id for each in chosen), _numbers(each.latest_version for each in chosen)]
    return _all(_LATEST.format(columns=columns, join=join), pairs) if chosen else []


def locked(dossier_ids: Iterable[int]) -> dict[int, Seen | None]:
    """Locks the dossiers, in order of id as everybody does; as they stand, by id, None of who is erased."""
    rows = _all(
        "select id, latest_version, checked_at, created_at, data_key = '' from orchestrator_dossier"
        " where id = any(%s::bigint[]) order by id for no key update",
        [_numbers(sorted(dossier_ids))],
    )
    return {pk: None if is_erased else (*seen,) for pk, *seen, is_erased in rows}


_NEW = (
    "copy orchestrator_snapshot (dossier_id, number, content_sealed, content_hash, completeness,"
    " negative, provenance, run_id, created_at) from stdin"
)


class Added(Struct, frozen=True, kw_only=True):
    """New versions that were saved: by dossier the sealed name in each; and why those were not that could not
    be sealed any more, such as of somebody who was erased meanwhile."""

    names: dict[int, bytes]
    closed: dict[int, str]


def add_versions(run_id: int, at: datetime, kept: Mapping[int, Kept], numbers: Mapping[int, int]) -> Added:
    """Saves the new versions under these numbers. The caller holds the dossiers' locks."""
    if not numbers:
        return Added(names={}, closed={})
    keys = _all(
        "select id, data_key, cpf_lookup from orchestrator_dossier where id = any(%s::bigint[])",
        [_numbers(numbers)],
    )
    rows, when = io.BytesIO(), at.isoformat().encode()
    added = Added(names={}, closed={})
    for pk, data_key, lookup in keys:
        new, number = kept[pk], numbers[pk]
        try:
            sealed = snapshots.sealed(data_key, lookup, number, new.content)
        except Unreadable as error:
            added.closed[pk] = error.code
            continue
        added.names[pk] = sealed.name
        row = b"%d\t%d\t\\\\x%b\t\\\\x%b\t%b\t%b\t%b\t%d\t%b\n" % (
            pk,
            number,
            sealed.content.hex().encode(),
            new.content_hash.hex().encode(),
            new.completeness.encode(),
            b"t" if new.negative else b"f",
            new.provenance.encode(),
            run_id,
            when,
        )
        rows.write(row)
    rows.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(_NEW, rows)
    return added


_MOVE = """
update orchestrator_dossier as dossier
   set latest_version = moved.number, completeness = %(completeness)s, provenance = %(provenance)s,
       checked_at = %(at)s, answers_hash = coalesce(decode(moved.answers_hash, 'hex'), dossier.answers_hash),
       name_sealed = coalesce(decode(moved.name, 'hex'), dossier.name_sealed),
       name_version = case when moved.name is null then dossier.name_version else moved.number end
  from unnest(%(ids)s::bigint[], %(numbers)s::bigint[], %(answers)s::text[], %(names)s::text[])
       as moved (id, number, answers_hash, name)
 where dossier.id = moved.id
"""


def move(
    at: datetime, kept: Mapping[int, Kept], numbers: Mapping[int, int], names: Mapping[int, bytes]
) -> None:
    """Writes what the dossiers become, those alike by one statement; `names` are sealed, of new versions. The
    caller holds their locks.

    A new version of which nobody read all answers as a whole takes the old answers' hash away.
    """
    alike: dict[tuple[str, str], list[int]] = {}
    for pk, each in kept.items():
        alike.setdefault((each.completeness, each.provenance), []).append(pk)
    with connection.cursor() as cursor:
        for (completeness, provenance), ids in alike.items():
            values: dict[str, Any] = {
                "completeness": completeness,
                "provenance": provenance,
                "at": at,
                "ids": _numbers(ids),
                "numbers": _numbers(numbers[pk] for pk in ids),
                "answers": [_answers(kept[pk]) for pk in ids],
                "names": [names[pk].hex() if pk in names else None for pk in ids],
            }
            cursor.execute(_MOVE, values)


_REHASH = """
update orchestrator_snapshot as version set content_hash = decode(stands.content_hash, 'hex')
  from unnest(%s::bigint[], %s::bigint[], %s::text[]) as stands (id, number, content_hash)
 where version.dossier_id = stands.id and version.number = stands.number
"""


def rehash(kept: Mapping[int, Kept], numbers: Mapping[int, int]) -> None:
    """Gives the versions that stand the hash of their content's present form: they need not be opened
    again to be compared. The caller holds the dossiers' locks."""
    if kept:
        hashes = [each.content_hash.hex() for each in kept.values()]
        with connection.cursor() as cursor:
            cursor.execute(_REHASH, [_numbers(kept), _numbers(numbers[pk] for pk in kept), hashes])


def _answers(kept: Kept) -> str | None:
    if kept.answers_hash is None:
        return "" if kept.changed else None
    return kept.answers_hash.hex()


def numbers(numbers: Iterable[int]) -> Cast:
    """The same for a column of integers: Django adapts one number after the other."""
    return Cast(Value(_numbers(numbers)), ArrayField(IntegerField()))


def _numbers(numbers: Iterable[int]) -> str:
    """As PostgreSQL reads it fastest: of a list, psycopg2 makes an expression of as many constants."""
    return f"{{{','.join(map(str, numbers))}}}"


def _all(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
