"""Prints all that can be read of anybody in an installation's PostgreSQL and Redis, with all of its keys.

As a program (`python -m tests.integration.orchestrator.persons.everything`) in that installation's
environment."""

from collections.abc import Callable, Iterator
from typing import Any

import django

from ops.service.env import select_settings


def told() -> Iterator[str]:
    """CPFs, names beside dossiers, contents of versions, answers under way, people of chunks, names of
    lists, kept copies, parked parts; and the names of keys."""
    from orchestrator import cache
    from orchestrator.batch import chunks
    from orchestrator.errors import Unreadable
    from orchestrator.models import Chunk, Decision, Dossier, Fetch, Run, Snapshot
    from orchestrator.sealing import envelopes, file_names
    from orchestrator.versions import decisions, identity, names, snapshots

    def read(open_one: Callable[[], object]) -> str:
        try:
            return str(open_one())
        except Unreadable:
            return ""

    keys: list[tuple[Dossier, envelopes.Key]] = []
    for dossier in Dossier.objects.all():
        yield read(lambda: identity.cpf_of(dossier))  # noqa: B023 - called at once
        columns = dossier.data_key, dossier.cpf_lookup, dossier.name_sealed
        yield read(lambda: names.unsealed(*columns))  # noqa: B023
        if dossier.data_key:
            keys.append((dossier, envelopes.data_key(dossier.data_key, dossier.cpf_lookup)))
    for version in Snapshot.objects.select_related("dossier"):
        yield read(lambda: snapshots.blocks(version.dossier, version))  # noqa: B023
    for decision in Decision.objects.select_related("dossier"):
        yield read(lambda: decisions.of(decision.dossier))  # noqa: B023
    for fetch in Fetch.objects.exclude(payload_sealed=None):
        yield read(lambda: envelopes.unpark(fetch.payload_sealed or b"", f"fetch:{fetch.pk}"))  # noqa: B023
    for chunk in Chunk.objects.exclude(cpfs_sealed=None):
        yield read(lambda: chunks.opened(chunk))  # noqa: B023
    for run in Run.objects.exclude(file_sealed=None):
        yield read(lambda: file_names.opened(run.pk, run.file_sealed or b""))  # noqa: B023
    for name in cache.redis().scan_iter("dossier:*"):
        yield name.decode()
        if cache.redis().type(name) != b"string":
            continue  # how sources do, by source
        value: Any = cache.redis().get(name)
        yield read(lambda: envelopes.unpark_bytes(value, name.decode()))  # noqa: B023
        for _, key in keys:
            yield read(lambda: envelopes.unpack(key.unseal(value, name)))  # noqa: B023


if __name__ == "__main__":
    select_settings("portal")
    django.setup()
    print("\n".join(told()))
