"""A dossier as it is read: one version, its blocks, and where the sources disagree."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from orchestrator import snapshots
from orchestrator.models import Dossier
from orchestrator.records import Block, Divergence, DossierView, Value

_Blocks = Mapping[str, Block]


def view(dossier: Dossier, number: int | None = None) -> DossierView:
    """A dossier at a version, the latest one unless told; raises NotFound.

    The latest version has the dossier's own provenance, which may have moved since it was saved;
    an older one has what it was saved with.
    """
    if number is None and not dossier.latest_version:
        return _unbuilt(dossier)
    chosen = dossier.latest_version if number is None else number
    snapshot = snapshots.find(dossier, chosen)
    is_latest = chosen == dossier.latest_version
    blocks = snapshots.blocks(dossier, snapshot)
    return replace(
        _unbuilt(dossier),
        version=snapshot.number,
        completeness=dossier.completeness if is_latest else snapshot.completeness,
        created_at=snapshot.created_at,
        checked_at=dossier.checked_at if is_latest else snapshot.created_at,
        person=_person(blocks),
        blocks=blocks,
        provenance=snapshots.provenance_of(dossier.provenance if is_latest else snapshot.provenance),
        divergences=tuple(_divergences(blocks)),
    )


def _unbuilt(dossier: Dossier) -> DossierView:
    return DossierView(
        id=dossier.pk,
        cpf=snapshots.cpf_of(dossier),
        version=None,
        latest_version=dossier.latest_version or None,
        completeness=None,
        created_at=None,
        checked_at=None,
        person={},
        blocks={},
        provenance={},
        divergences=(),
    )


def _person(blocks: _Blocks) -> dict[str, Value]:
    """Each value from the first source that has one; a value that none has stays empty."""
    person: dict[str, Value] = {}
    for block in blocks.values():
        for field, value in block.person.items():
            person[field] = person.get(field) or value
    return person


def _divergences(blocks: _Blocks) -> Iterator[Divergence]:
    for field in _person(blocks):
        values = {name: block.person[field] for name, block in blocks.items() if block.person.get(field)}
        if len({_comparable(value) for value in values.values()}) > 1:
            yield Divergence(field=field, values=values)


def _comparable(value: Value) -> Value:
    """Capitals and spaces make no difference; accents do."""
    return " ".join(value.casefold().split()) if isinstance(value, str) else value
