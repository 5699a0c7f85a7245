"""Whether the record of access is whole: checked against its own chains, and against signed anchors,
which tell where each chain stood. Whoever could rewrite the database could not sign them: the key is in
the settings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import connection, transaction

_signer = Signer(salt="portal.access.anchor")


@dataclass(frozen=True, kw_only=True)
class Break:
    """Where the record is not what it was: `kind` is altered, missing, unlinked, cut_off or forged."""

    month: date
    chain: int
    position: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was checked: how many records in how many months, which months were dropped by signed anchors."""

    records: int
    months: tuple[date, ...]
    dropped: tuple[date, ...]
    anchors: int


def anchor() -> int:
    """Signs where each chain stands whose end has moved since the last anchor; gives how many."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS)
        heads = cursor.fetchall()
        for month, chain, position, digest in heads:
            _sign(cursor, month, chain, position, digest, dropped=False)
    return len(heads)


def drop(month: date) -> int:
    """Drops a whole month by the owner's role, leaving signed anchors; gives how many records it had.

    Raises ProgrammingError where the role may not.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ENDS, [month])
        for _, chain, position, digest in cursor.fetchall():
            _sign(cursor, month, chain, position, digest, dropped=True)
        cursor.execute("select count(*) from access_record where month = %s", [month])
        (records,) = cursor.fetchone()
        cursor.execute(f'drop table "access_record_{month:%Y_%m}"')
    return int(records)


def months() -> list[date]:
    """The months that have a partition, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS)
        return [month for (month,) in cursor.fetchall()]


def check() -> tuple[Checked, list[Break]]:
    """Reads all of the record, month by month; gives its faults, none where it is whole."""
    faults: list[Break] = []
    records, standing = 0, months()
    with connection.cursor() as cursor:
        for month in standing:
            cursor.execute("select count(*) from access_record where month = %s", [month])
            records += cursor.fetchone()[0]
            cursor.execute("select * from access_faults(%s)", [month])
            faults += [
                Break(month=month, chain=chain, position=position, kind=kind)
                for chain, position, kind in cursor.fetchall()
            ]
        cursor.execute(_ANCHORS)
        anchors = cursor.fetchall()
    faults += _faults_of(anchors)
    dropped = tuple(sorted({row[0] for row in anchors if row[4]}))
    return Checked(records=records, months=tuple(standing), dropped=dropped, anchors=len(anchors)), faults


def _faults_of(anchors: list[tuple[Any, ...]]) -> Iterator[Break]:
    """A dropped month has anchors that say so, and no records; every other anchor still finds its record."""
    gone = {month for month, _, _, _, is_dropped, *_ in anchors if is_dropped}
    for month, chain, position, digest, is_dropped, signature, found in anchors:
        kind = ""
        if not _is_ours(signature, _text(month, chain, position, bytes(digest), dropped=is_dropped)):
            kind = "forged"
        elif month not in gone and (found is None or bytes(found) != bytes(digest)):
            kind = "cut_off" if found is None else "altered"
        if kind:
            yield Break(month=month, chain=chain, position=position, kind=kind)


def _sign(cursor: Any, month: date, chain: int, position: int, digest: bytes, *, dropped: bool) -> None:
    signature = _signer.signature(_text(month, chain, position, bytes(digest), dropped=dropped))
    cursor.execute(_ANCHOR, [month, chain, position, digest, dropped, signature])


def _text(month: date, chain: int, position: int, digest: bytes, *, dropped: bool) -> str:
    return f"{month:%Y-%m}/{chain}/{position}/{digest.hex()}/{'dropped' if dropped else 'stands'}"


def _is_ours(signature: str, text: str) -> bool:
    try:
        _signer.unsign(f"{text}{_signer.sep}{signature}")
    except BadSignature:
        return False
    return True


_ENDS = """
select distinct on (chain) month, chain, position, digest from access_record
 where month = %s order by chain, position desc
"""
_HEADS = """
select head.* from (
       select distinct on (month, chain) month, chain, position, digest from access_record
        where month >= date_trunc('month', now() - interval '1 month')::date
        order by month, chain, position desc) as head
 where not exists (select from access_anchor as known
                    where known.month = head.month and known.chain = head.chain
                      and known.position = head.position)
"""
_ANCHOR = """
insert into access_anchor (month, chain, position, digest, dropped, signature) values (%s, %s, %s, %s, %s, %s)
"""
_ANCHORS = """
select anchor.month, anchor.chain, anchor.position, anchor.digest, anchor.dropped, anchor.signature,
       own.digest
  from access_anchor as anchor
  left join access_record as own using (month, chain, position)
 order by anchor.id
"""
_MONTHS = """
select (regexp_match(pg_get_expr(part.relpartbound, part.oid), '\\(''([0-9-]+)''\\)'))[1]::date
  from pg_inherits join pg_class as part on part.oid = inhrelid
 where inhparent = 'access_record'::regclass order by 1
"""
