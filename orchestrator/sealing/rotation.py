"""An older master key is no longer needed: dossiers' data keys are wrapped anew under the current one.

Content stays as it is: it is sealed under the dossier's own key. The names of uploaded files are kept for
months under a master key itself, and sealed anew. What waits for a moment (payloads of
requests, CPFs of chunks) is sealed under a master key itself; it ends by itself and is counted, not
written anew. Copies in Redis under a key that is gone are asked for again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from orchestrator.errors import InvalidInput, UnknownKey, Unreadable
from orchestrator.models import KeyInUse, Walk
from orchestrator.sealing import envelopes, file_names, keys

STEP = 1000  # dossiers that are locked at once, for some milliseconds
_WALK = "rewrapped"


@dataclass(frozen=True, kw_only=True)
class RewrappedStep:
    """What one step did: dossiers that it looked at, those that it wrapped anew, and those that cannot be
    read, by id: an old key is needed as long as they are there."""

    looked_at: int
    rewrapped: int
    unreadable: tuple[int, ...]


def rewrap() -> Iterator[RewrappedStep]:
    """Wraps all data keys under the current master key, step by step, while everything runs; and before that
    seals the names of uploaded files anew.

    Safe to run twice and by two at once, and to end at any step: the next one goes on there. Who is
    erased stays erased. Raises UnknownKey where the settings lack a key in use.
    """
    keys.require()
    file_names.reseal()
    current = next(iter(envelopes.masters())).decode()
    beginning = {"key": current, "dossier": 0}
    walk, _ = Walk.objects.get_or_create(name=_WALK, defaults={"position": beginning})
    after = int(walk.position["dossier"]) if walk.position["key"] == current else 0
    while True:
        with transaction.atomic():
            step, last = _step(after)
            Walk.objects.filter(name=_WALK).update(position={"key": current, "dossier": last})
        if not step.looked_at:
            Walk.objects.filter(name=_WALK).delete()
            return
        yield step
        after = last


def _step(after: int) -> tuple[RewrappedStep, int]:
    current = next(iter(envelopes.masters()))
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [after, STEP])
        rows = [(pk, bytes(lookup), bytes(wrapped)) for pk, lookup, wrapped in cursor.fetchall()]
        anew: list[tuple[int, bytes]] = []
        unreadable: list[int] = []
        for pk, lookup, wrapped in rows:
            if envelopes.key_id(wrapped) in (None, current):  # None: erased
                continue
            try:
                anew.append((pk, envelopes.rewrapped(wrapped, lookup)))
            except UnknownKey:
                raise
            except Unreadable:
                unreadable.append(pk)
        if anew:
            cursor.execute(_WRITE, [[pk for pk, _ in anew], [wrapped for _, wrapped in anew]])
    step = RewrappedStep(looked_at=len(rows), rewrapped=len(anew), unreadable=tuple(unreadable))
    return step, rows[-1][0] if rows else after


def needed() -> dict[str, dict[str, int]]:
    """By master key, the current one too: how many of what are sealed with it. Looks at every dossier."""
    found: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED)
        for key_id, what, number in cursor.fetchall():
            found.setdefault(key_id, {})[what] = number
    return found


def retire(key_id: str) -> None:
    """From now on the settings may lack this master key; safe to run twice.

    Raises InvalidInput where it is the current one, is not known, or is still needed: then it says for what.
    Every process must have been started with the new key in front before: one that still seals with the
    old one could not be read later.
    """
    if key_id.encode() == next(iter(envelopes.masters())):
        raise InvalidInput(
            "key", "current", f"{key_id} is the current master key: put another before it first."
        )
    with transaction.atomic():
        row = KeyInUse.objects.select_for_update().filter(role=KeyInUse.Role.MASTER, key_id=key_id).first()
        if row is None:
            if key_id.encode() in envelopes.masters():
                return
            raise InvalidInput("key", "unknown", f"No master key {key_id} is in use here.")
        if uses := needed().get(key_id):
            told = ", ".join(f"{what}: {number}" for what, number in sorted(uses.items()))
            raise InvalidInput("key", "needed", f"{key_id} is still needed by {told}.")
        row.delete()


_LOCKED = """
select id, cpf_lookup, data_key from orchestrator_dossier where id > %s order by id limit %s for no key update
"""

_WRITE = """
update orchestrator_dossier as d set data_key = anew.data_key
  from unnest(%s::bigint[], %s::bytea[]) as anew (id, data_key) where d.id = anew.id
"""

_NEEDED = """
select convert_from(substring(sealed from 3 for get_byte(sealed, 1)), 'UTF8'), what, count(*)
  from (select data_key, 'dossiers' from orchestrator_dossier
        union all select payload_sealed, 'answers of requests under way' from orchestrator_fetch
                   where payload_sealed is not null
        union all select cpfs_sealed, 'chunks of runs under way' from orchestrator_chunk
                   where cpfs_sealed is not null
        union all select file_sealed, 'file names of lists' from orchestrator_run
                   where file_sealed is not null) as every (sealed, what)
 where length(sealed) > 2 and get_byte(sealed, 0) = 1
 group by 1, 2
"""
