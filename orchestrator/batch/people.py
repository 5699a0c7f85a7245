"""The dossiers of many people at once."""

from collections.abc import Sequence

from django.db import connection

from orchestrator import sealing, snapshots


def ensure(cpfs: Sequence[str]) -> list[int]:
    """The dossier ids of these CPFs, in their order; who has no dossier gets one.

    Safe to run twice and by two at once: a CPF has one dossier whoever makes it.
    """
    lookups = [sealing.lookup(cpf) for cpf in cpfs]
    known = _known(lookups)
    unknown = {lookup: cpf for cpf, lookup in zip(cpfs, lookups, strict=True) if lookup not in known}
    if unknown:
        _make(list(unknown.values()))
        known |= _known(list(unknown))
    return [known[lookup] for lookup in lookups]


def _known(lookups: list[bytes]) -> dict[bytes, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select cpf_lookup, id from orchestrator_dossier where cpf_lookup = any(%s)", [lookups]
        )
        return {bytes(lookup): pk for lookup, pk in cursor.fetchall()}


# Hexadecimal texts cross to PostgreSQL quicker than as many binary parameters.
_INSERT = """
insert into orchestrator_dossier
       (cpf_lookup, cpf_sealed, data_key, latest_version, completeness, provenance, created_at)
select decode(lookup, 'hex'), decode(sealed, 'hex'), decode(data_key, 'hex'), 0, '', '{}', now()
  from unnest(%(cpf_lookup)s, %(cpf_sealed)s, %(data_key)s) as new (lookup, sealed, data_key)
 order by lookup
on conflict (cpf_lookup) do nothing
"""


def _make(cpfs: list[str]) -> None:
    """In the lookups' order, so that two who make the same dossiers wait for each other in turn."""
    rows = [snapshots.new_dossier(cpf) for cpf in cpfs]
    columns = {name: [row[name].hex() for row in rows] for name in ("cpf_lookup", "cpf_sealed", "data_key")}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)
