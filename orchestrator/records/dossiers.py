"""A dossier and its versions, as they travel between modules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from orchestrator.records.sources import Row, RowChange, Source, Value


class Presence(StrEnum):
    """What is known of a person at one source; `missing` is failed and never known."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a standing block came from, and what the last try for a newer one met."""

    origin: str | None  # live, cache, carried; None where the block is missing
    fetched_at: datetime | None
    attempts: int
    error_code: str | None


@dataclass(frozen=True, kw_only=True)
class Block:
    """One source's part of a version: `person` values by key, rows by section key."""

    presence: Presence
    person: Mapping[str, Value]
    sections: Mapping[str, Sequence[Row]]

    def rows(self, section: str) -> Sequence[Row] | None:
        """A section's rows; of whom the source does not know, none. None where nothing is known: it failed,
        or was not yet asked for the section."""
        if self.presence is Presence.MISSING:
            return None
        return self.sections.get(section, None if self.presence is Presence.FOUND else ())

    def state_after(self, error_code: str | None) -> str:
        """How the source stands after a try that met this error, if any, in the words of a fetch's states."""
        if self.presence is Presence.MISSING:
            return "failed"
        if error_code:
            return "stale"
        return "not_found" if self.presence is Presence.NOT_FOUND else "ok"


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """A person's value on which the sources do not agree."""

    field: str
    values: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Contested:
    """What the person contests in a dossier, in words; or contested, until it was resolved."""

    what: str
    since: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DossierView:
    """A dossier at one version, or, with `version` None, before its first one (then no blocks).

    `blocks` and `provenance` are by source name, in the registry's order.
    """

    id: int
    cpf: str
    version: int | None
    latest_version: int | None
    completeness: str | None  # complete, partial
    created_at: datetime | None
    checked_at: datetime | None
    person: Mapping[str, Value]
    blocks: Mapping[str, Block]
    provenance: Mapping[str, Provenance]
    divergences: tuple[Divergence, ...]
    contested: tuple[Contested, ...] = ()  # whoever reads for somebody adds them

    @property
    def is_known_nowhere(self) -> bool:
        """Whether every source has answered, and none knows the person."""
        return {block.presence for block in self.blocks.values()} == {Presence.NOT_FOUND}

    def rows(self, source: str, section: str) -> tuple[Row, ...] | None:
        """A section's rows at a source; none where the person is not found, None where nothing is known."""
        block = self.blocks.get(source)
        rows = block.rows(section) if block else None
        return None if rows is None else tuple(rows)

    @property
    def amount(self) -> int:
        """How many rows it has, of all sections."""
        return sum(len(rows) for block in self.blocks.values() for rows in block.sections.values())

    def never_asked(self, source: str, section: str) -> bool:
        """Whether the source knows the person, and was not yet asked for the section at this version."""
        block = self.blocks.get(source)
        return block is not None and block.presence is Presence.FOUND and section not in block.sections

    def never_asked_of_person(self, sources: Iterable[Source], key: str) -> bool:
        """Likewise for a person's value: who declares it and knows the person was not asked for it."""
        blocks = [
            self.blocks.get(each.name) for each in sources if any(key == one.key for one in each.person)
        ]
        found = [block for block in blocks if block is not None and block.presence is Presence.FOUND]
        return bool(found) and not any(key in block.person for block in found)


@dataclass(frozen=True, kw_only=True)
class Headline:
    """Who a dossier is about, and how it stands: for lists. `name` is None where no source has one; before
    the first version, so is the rest."""

    id: int
    cpf: str
    name: str | None
    version: int | None
    completeness: str | None = None  # complete, partial
    checked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class VersionSummary:
    """One line of a dossier's history. `pinned`: kept whatever its age. `decisions`: how many were made by
    it, notes among them."""

    number: int
    completeness: str
    created_at: datetime
    pinned: bool = False
    decisions: int = 0


@dataclass(frozen=True, kw_only=True)
class ValueChange:
    """A person's value that moved between two versions."""

    source: str
    field: str
    before: Value
    after: Value


@dataclass(frozen=True, kw_only=True)
class SectionChange:
    """What moved in one section between two versions.

    `comparable` is False where either side is unknown: then nothing is known to have moved, and all
    lists are empty. `never_asked`: because the source was not yet asked for the section.
    """

    source: str
    section: str
    comparable: bool
    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[RowChange, ...] = ()
    never_asked: bool = False


@dataclass(frozen=True, kw_only=True)
class PresenceChange:
    """A source's presence that moved: found, not_found and missing are three different things."""

    source: str
    before: Presence
    after: Presence


@dataclass(frozen=True, kw_only=True)
class TotalChange:
    """What a section adds up to on both sides, as `Section.totals` tells it; None where nothing is known."""

    source: str
    section: str
    before: Mapping[str, Decimal] | None
    after: Mapping[str, Decimal] | None


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What changed from one version to another; `totals` are of every section that has one, moved or not."""

    from_version: int
    to_version: int
    presence: tuple[PresenceChange, ...]
    person: tuple[ValueChange, ...]
    sections: tuple[SectionChange, ...]
    totals: tuple[TotalChange, ...] = ()

    @property
    def amount(self) -> int:
        """How many rows it tells of."""
        return sum(len(each.added) + len(each.removed) + len(each.changed) for each in self.sections)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two versions of a dossier, and what changed from the one to the other."""

    before: DossierView
    after: DossierView
    diff: Diff


@dataclass(frozen=True, kw_only=True)
class VersionStep:
    """That a dossier moved from one version to the next one that is kept."""

    dossier_id: int
    before: int
    after: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Asked:
    """That somebody asked for a dossier: when last and what for, whether themselves, and which version stood
    then. Who only follows it has not asked: `at` is None."""

    from_version: int
    purpose: str
    own: bool
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class AskTold:
    """That a dossier was asked for: alone, or in a run (`run_id`)."""

    at: datetime
    purpose: str
    owner: str
    run_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whose dossier it is, by the keyed hash of the CPF, and how it was asked for, if it was."""

    dossier_id: int
    keyed_hash: bytes
    latest_version: int | None
    began: datetime
    asked: Asked | None


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """A dossier as a run left it: the version that stood then (0: none), and until when that is known.

    `errors` tell by source what had failed then; None where the version's own provenance is to tell.
    """

    dossier_id: int
    version: int
    until: datetime | None = None
    errors: Mapping[str, str] | None = None
