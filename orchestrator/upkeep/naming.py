"""Notes the names of versions that were saved without noting them: before that was done, or by a process of
an older release beside this one. A search opens those versions itself until then."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction

from orchestrator import clock
from orchestrator.models import Walk
from orchestrator.versions import headlines
from orchestrator.versions.headlines import Written

STEP = 5000  # dossiers that are looked at in one round
OPENED = 200  # versions that are opened in one round
_RESTS = timedelta(days=1)  # after it has come to the end

log = structlog.get_logger(__name__)


def note() -> int:
    """One round of the walk over all dossiers; gives how many names were noted. Safe to run at any time and
    by two at once. What cannot be read is passed."""
    walk, _ = Walk.objects.get_or_create(name="names", defaults={"position": {"dossier": 0}})
    rests_until = walk.position.get("rests_until")
    if rests_until and clock.now() < datetime.fromisoformat(rests_until):
        return 0
    rows = _all(_NEXT, walk.position["dossier"], STEP)
    lacking = [pk for pk, lacks in rows if lacks][:OPENED]
    noted = _write([each for each in headlines.in_contents(lacking) if isinstance(each, Written)])
    if len(lacking) == OPENED:
        walk.position = {"dossier": lacking[-1]}
    elif len(rows) == STEP:
        walk.position = {"dossier": rows[-1][0]}
    else:
        walk.position = {"dossier": 0, "rests_until": (clock.now() + _RESTS).isoformat()}
    walk.save()
    if noted:
        log.info("names.noted", number=noted)
    return noted


@transaction.atomic
def _write(found: Sequence[Written]) -> int:
    """Where the version is still the latest, and nobody was erased meanwhile."""
    if not found:
        return 0
    ids = sorted(each.dossier_id for each in found)
    _all(_LOCK, ids)  # in order of id, as everybody does
    columns = [(each.dossier_id, each.number, each.sealed) for each in found]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, list(map(list, zip(*columns, strict=True))))
        return int(cursor.rowcount)


def _all(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_NEXT = """
select id, latest_version > erased_version and name_version <> latest_version
  from orchestrator_dossier where id > %s order by id limit %s
"""
_LOCK = "select id from orchestrator_dossier where id = any(%s) order by id for no key update"
_WRITE = """
update orchestrator_dossier as dossier
   set name_sealed = noted.name, name_version = noted.number
  from unnest(%s::bigint[], %s::bigint[], %s::bytea[]) as noted (id, number, name)
 where dossier.id = noted.id and dossier.latest_version = noted.number
   and dossier.latest_version > dossier.erased_version
"""
