"""What figures have of each section: its rows, and how what is known of it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestrator.records.dossiers import DossierView, Presence
from orchestrator.records.sources import Label, Row, Source
from portal.figures.records import Basis, Known

NOBODY = Label(pt="nenhuma fonte", en="no source")


@dataclass(frozen=True, kw_only=True)
class Ground:
    """One section. `rows` is None where nothing is known, and empty where the source has nothing."""

    basis: Basis
    source: Label
    rows: tuple[Row, ...] | None


class Grounds:
    """The sections of a dossier, by key; one that nobody declares was never asked for."""

    def __init__(self, view: DossierView, sources: Iterable[Source]) -> None:
        self._by_key: Mapping[str, Ground] = {
            section.key: _ground(view, source, section.key)
            for source in sources
            for section in source.sections
        }

    def __getitem__(self, key: str) -> Ground:
        nothing = Basis(source="", section=key, known=Known.NEVER_ASKED, fetched_at=None, rows=None)
        return self._by_key.get(key) or Ground(basis=nothing, source=NOBODY, rows=None)


def _ground(view: DossierView, source: Source, key: str) -> Ground:
    rows, provenance = view.rows(source.name, key), view.provenance.get(source.name)
    carried = provenance is not None and provenance.origin == "carried"
    basis = Basis(
        source=source.name,
        section=key,
        known=_known(view, source.name, key, carried=carried),
        fetched_at=provenance.fetched_at if provenance else None,
        rows=None if rows is None else len(rows),
        carried=carried,
    )
    return Ground(basis=basis, source=source.label, rows=rows)


def _known(view: DossierView, source: str, key: str, *, carried: bool) -> Known:
    """A source without a block was registered after that version was saved, or there is no version yet."""
    block = view.blocks.get(source)
    if block is None or view.never_asked(source, key):
        return Known.NEVER_ASKED
    if block.presence is Presence.MISSING:
        return Known.MISSING
    if block.presence is Presence.NOT_FOUND:
        return Known.NOT_FOUND
    return Known.STALE if carried else Known.FRESH


def why_unknown(grounds: Iterable[Ground]) -> Label | None:
    """Why nothing can be reckoned from these sections; None where all of them are known."""
    for ground in grounds:
        if ground.rows is None and ground.basis.known is Known.MISSING:
            return Label(
                pt=f"{ground.source.pt} não respondeu, e nada se sabe dela.",
                en=f"{ground.source.en} did not answer, and nothing is known of it.",
            )
        if ground.rows is None:
            return Label(
                pt=f"{ground.source.pt} ainda não foi consultada sobre isto.",
                en=f"{ground.source.en} was not yet asked for this.",
            )
    return None
