"""The name beside a dossier, by which people are found: what its latest version calls the person, sealed by
the dossier's own key, so that a search opens no contents, and an erasure takes it along.

The dossier's row says of which version the name is. Where that is another than the latest (saved before names
were noted, or by a process that did not know of them), the version's content tells.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection
from msgspec import Struct

from orchestrator.clients.registry import in_order
from orchestrator.errors import DestroyedKey, Unreadable
from orchestrator.sealing import envelopes

_Bytes = bytes | memoryview
_CONTEXT = b"name"


class _Person(Struct):
    name: Any = None


class _Block(Struct):
    person: _Person


_blocks = msgspec.json.Decoder(dict[str, _Block])


def written(content: bytes) -> str:
    """The name in a version's written content, as `reading` takes it; empty where it has none."""
    return taken({source: block.person.name for source, block in _blocks.decode(content).items()})


def taken(told: Mapping[str, Any]) -> str:
    """Of what the sources call the person, what the first one says that has a name; empty where none has."""
    return next((str(told[source]) for source in in_order(told) if told[source]), "")


def sealed(key: envelopes.Key, name: str) -> bytes:
    """A name as the dossier's row keeps it; also that there is none."""
    return key.seal(name.encode(), _CONTEXT)


class Named(Struct, frozen=True, kw_only=True):
    """What some dossiers call their people. `unnoted` are those whose name only their content tells; `closed`
    tells why those cannot be read that cannot; `contents` is how many contents were opened."""

    names: dict[int, str]
    unnoted: list[int]
    closed: dict[int, Unreadable]
    contents: int = 0


def opened(dossier_ids: Sequence[int]) -> Named:
    """The names beside these dossiers, by one query; who has no version, or does not exist, is left out."""
    found = Named(names={}, unnoted=[], closed={})
    for pk, data_key, lookup, name, is_noted in _all(_BESIDE, dossier_ids):
        if not is_noted:
            found.unnoted.append(pk)
            continue
        try:
            found.names[pk] = unsealed(data_key, lookup, name)
        except Unreadable as error:
            found.closed[pk] = error
    return found


def unsealed(data_key: _Bytes, cpf_lookup: _Bytes, name_sealed: _Bytes) -> str:
    """Undoes `sealed`, from a dossier's columns; raises Unreadable."""
    key = envelopes.data_key(data_key, cpf_lookup)
    if not name_sealed:
        raise DestroyedKey("the person's data were erased")
    return key.unseal(bytes(name_sealed), _CONTEXT).decode()


def _all(statement: str, dossier_ids: Iterable[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"{{{','.join(map(str, dossier_ids))}}}"])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_BESIDE = """
select id, data_key, cpf_lookup, name_sealed, name_version = latest_version
  from orchestrator_dossier
 where id = any(%s::bigint[]) and latest_version > erased_version
"""
