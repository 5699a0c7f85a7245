"""A dossier as it is read: one version, its blocks, and where the sources disagree."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from orchestrator.errors import Unreadable
from orchestrator.models import Dossier, Snapshot
from orchestrator.records.dossiers import AsOf, Block, Divergence, DossierView
from orchestrator.records.sources import Value
from orchestrator.versions import identity, snapshots

_Blocks = Mapping[str, Block]


def view(dossier: Dossier, number: int | None = None) -> DossierView:
    """A dossier at a version, the latest one unless told; raises NotFound.

    The latest version has the dossier's own provenance, which may have moved since it was saved;
    an older one has what it was saved with.
    """
    if number is None and not dossier.has_version:
        return _unbuilt(dossier)
    return _at(dossier, snapshots.find(dossier, dossier.latest_version if number is None else number))


def as_of(wanted: Iterable[AsOf]) -> dict[int, DossierView | Unreadable]:
    """Many dossiers as they were, by id; or why one cannot be read. Who does not exist is left out.

    Where no version stood, or it is deleted by now, the view has none: it tells who the dossier is about.
    """
    by_id = {each.dossier_id: each for each in wanted}
    kept = Snapshot.objects.filter(pk__in=[(each.dossier_id, each.version) for each in by_id.values()])
    read: dict[int, DossierView | Unreadable] = {}
    for snapshot in kept.select_related("dossier"):
        pk = snapshot.dossier_id
        try:
            read[pk] = _then(snapshot.dossier, snapshot, by_id[pk])
        except Unreadable as error:
            read[pk] = error
    for dossier in Dossier.objects.filter(pk__in=by_id.keys() - read.keys()):
        try:
            read[dossier.pk] = _unbuilt(dossier)
        except Unreadable as error:
            read[dossier.pk] = error
    return read


def before(dossier: Dossier, number: int, *, since: int, most: int) -> Iterator[DossierView]:
    """Of the versions before one, and from another on, the last few, the newest first, by one query. Each is
    opened when it is come to; one that cannot be opened is left out."""
    kept = dossier.snapshots.filter(number__lt=number, number__gte=since, number__gt=dossier.erased_version)
    for snapshot in kept.order_by("-number")[:most]:
        with suppress(Unreadable):
            yield _at(dossier, snapshot)


def _then(dossier: Dossier, snapshot: Snapshot, wanted: AsOf) -> DossierView:
    """A version as it stood once. What the dossier tells of it now is of later checks, if there were any:
    then its blocks are said to come from where they came from when it was saved."""
    found = _at(dossier, snapshot)
    has_moved = wanted.until and dossier.checked_at and dossier.checked_at > wanted.until
    if not has_moved or wanted.errors is None:
        return found
    saved = snapshots.provenance_of(snapshot.provenance)
    return replace(
        found,
        completeness="partial" if wanted.errors else "complete",
        checked_at=wanted.until,
        provenance={
            source: replace(part, error_code=wanted.errors.get(source)) for source, part in saved.items()
        },
    )


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
        cpf=identity.cpf_of(dossier),
        version=None,
        latest_version=dossier.latest_version if dossier.has_version else None,
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
