"""Who has a dossier is found by a keyed hash of the CPF; while its key is replaced, by one under each key.

A dossier has one hash, by the old key or by the new one. By which key new dossiers are hashed is said by
PostgreSQL and not by settings, of which processes may have different ones: so a CPF has one dossier,
whoever makes it.
"""

from django.db import connection, transaction
from django.db.models import QuerySet

from orchestrator import conf
from orchestrator.models import Dossier, KeyInUse
from orchestrator.sealing import envelopes, keys

_LOCK = 0x100C  # the advisory lock's number, of no other meaning: makers of dossiers share it
_PATIENCE_MS = 500  # who makes dossiers queues behind who waits for them

# Two statements in one message: the second sees what was written before the lock was given.
_FOR_NEW = """
select pg_advisory_xact_lock_shared(%s);
select key_id from orchestrator_keyinuse where role = 'lookup' order by id desc limit 1
"""


def dossiers(cpf: str) -> QuerySet[Dossier]:
    """The dossier of a CPF (11 digits), if there is one."""
    return Dossier.objects.filter(cpf_lookup__in=envelopes.lookups(cpf))


def find(cpf: str) -> Dossier | None:
    """The same, or None.

    Raises UnknownKey where nobody is found and the settings lack a key: they may have a dossier all the same.
    """
    found = dossiers(cpf).first()
    if found is None:
        keys.require()
    return found


def key_for_new() -> str:
    """The id of the key by which new dossiers are hashed, until the caller's transaction ends.

    Who has several keys has to look again after this whether somebody is new: only now does nobody
    write a hash by another key. Raises UnknownKey where the settings lack it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOR_NEW, [_LOCK])
        row = cursor.fetchone()
    key_id = str(row[0]) if row else next(iter(conf.lookup_keys()))
    if key_id not in conf.lookup_keys():
        keys.require()
    return key_id


def hash_new_by(key_id: str) -> None:
    """From now on new dossiers are hashed by this key, in every process; safe to run twice.

    Who makes dossiers at that moment is waited for. A process whose settings lack the key makes none any
    more: it says so. Raises OperationalError where others are at it for too long: to be tried again.
    """
    in_use = KeyInUse.objects.filter(role=KeyInUse.Role.LOOKUP)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, true)", [f"{_PATIENCE_MS}ms"])
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        newest = in_use.order_by("-pk").first()
        if newest is None or newest.key_id != key_id:
            in_use.filter(key_id=key_id).delete()
            fingerprint = envelopes.fingerprint(conf.lookup_keys()[key_id])
            KeyInUse.objects.create(role=KeyInUse.Role.LOOKUP, key_id=key_id, fingerprint=fingerprint)
