"""A dossier as it is read: one version, its blocks, and where the sources disagree."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from django.db.models import F

from orchestrator import snapshots
from orchestrator.models import Dossier, Snapshot
from orchestrator.records import Block, Divergence, DossierView, Value
from orchestrator.sealing import CannotUnseal

_Blocks = Mapping[str, Block]


def view(dossier: Dossier, number: int | None = None) -> DossierView:
    """A dossier at a version, the latest one unless told; raises NotFound.

    The latest version has the dossier's own provenance, which may have moved since it was saved;
    an older one has what it was saved with.
    """
    if number is None and not dossier.latest_version:
        return _unbuilt(dossier)
    return _at(dossier, snapshots.find(dossier, dossier.latest_version if number is None else number))


def latest(dossier_ids: Sequence[int]) -> dict[int, DossierView]:
    """Many dossiers at their latest versions, by id; who does not exist or cannot be read is left out."""
    newest = Snapshot.objects.filter(dossier__in=dossier_ids, number=F("dossier__latest_version"))
    read = {
        each.dossier_id: _if_readable(_at, each.dossier, each) for each in newest.select_related("dossier")
    }
    others = Dossier.objects.filter(pk__in=[pk for pk in dossier_ids if pk not in read])
    read |= {each.pk: _if_readable(view, each) for each in others}
    return {pk: found for pk, found in read.items() if found}


def _if_readable(read: Callable[..., DossierView], *of: Dossier | Snapshot) -> DossierView | None:
    try:
        return read(*of)
    except CannotUnseal:
        return None


def _at(dossier: Dossier, snapshot: Snapshot) -> DossierView:
    is_latest = snapshot.number == dossier.latest_version
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
