"""The keys in use: noted before anything is sealed with them, and asked for before anything starts.

They are rows of a small table, so that a start costs one query and never a look at what is sealed.
"""

import time
from collections.abc import Mapping
from functools import cache

import structlog
from django.db import Error, connection

from orchestrator import conf
from orchestrator.errors import UnknownKey
from orchestrator.models import KeyInUse
from orchestrator.sealing import envelopes, register

_WAIT_SECONDS = 1.0
_MASTER, _LOOKUP = KeyInUse.Role.MASTER.value, KeyInUse.Role.LOOKUP.value

_Key = tuple[str, str]  # role and id

log = structlog.get_logger(__name__)


def require() -> None:
    """Refuses to begin what would meet a key that the settings lack, and notes those that they seal with;
    or what would meet somebody erased who came back with a backup.

    Raises UnknownKey, which names each such key and says what to do, and NotReplayed. Safe to call at any
    time: a query or two.
    """
    _require_keys()
    register.require()


def _require_keys() -> None:
    masters, lookups = conf.master_keys(), conf.lookup_keys()
    secrets = [((_MASTER, name), secret) for name, secret in masters.items()]
    secrets += [((_LOOKUP, name), secret) for name, secret in lookups.items()]
    given = {key: envelopes.fingerprint(secret) for key, secret in secrets}
    used = {(row.role, row.key_id): bytes(row.fingerprint) for row in KeyInUse.objects.all()}
    lacking = [key for key, known in used.items() if key not in given or known not in (b"", given[key])]
    if lacking:
        log.error("keys.unknown", lacking=[key_id or role for role, key_id in lacking])
        raise UnknownKey(" ".join(_mended(key, given) for key in lacking))
    # What seals is the current master key; of older ones it is known whether they are in use.
    for (role, key_id), fingerprint in given.items():
        if used.get((role, key_id)) == b"":
            KeyInUse.objects.filter(role=role, key_id=key_id).update(fingerprint=fingerprint)
    new = [key for key in [(_MASTER, next(iter(masters)))] if key not in used]
    if not any(role == _LOOKUP for role, _ in used):  # one that is to come stands before the one that finds
        new.append((_LOOKUP, list(lookups)[-1]))
    rows = [KeyInUse(role=role, key_id=key_id, fingerprint=given[role, key_id]) for role, key_id in new]
    KeyInUse.objects.bulk_create(rows, ignore_conflicts=True)


@cache
def require_once() -> None:
    """The same, asked until it is answered and then no more: keys do not change under a process."""
    require()


def require_if_answered() -> None:
    """The same for a process that starts whether PostgreSQL answers or not: asked for then, `require_once`
    asks when it matters."""
    try:
        require_once()
    except Error as error:
        log.warning("keys.database_away", reason=type(error).__name__)
    finally:
        connection.close()


def require_at_start() -> None:
    """The same for a process that has nothing to do without PostgreSQL: waits until that answers."""
    while True:
        try:
            return require()
        except Error as error:
            log.warning("keys.database_away", reason=type(error).__name__)
            time.sleep(_WAIT_SECONDS)
        finally:
            connection.close()


def _mended(key: _Key, given: Mapping[_Key, bytes]) -> str:
    """What to do about a key in use that the settings lack."""
    role, key_id = key
    if role == _LOOKUP:
        name = f"LOOKUP_KEYS, {key_id}" if key_id else "LOOKUP_KEY"
        what = "this is not the key" if key in given else "the settings lack this key,"
        return f"{name}: {what} by which dossiers are found here: put that one back."
    if key in given:
        return f"MASTER_KEYS has another key under the id {key_id} than the one in use: put that one back."
    return (
        f"MASTER_KEYS lacks the key {key_id}, which is in use: put it back, as {key_id}:base64, behind the"
        " current key."
    )
