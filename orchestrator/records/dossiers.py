"""A dossier and its versions, as they travel between modules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orchestrator.records.sources import Row, RowChange, Value


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


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """A person's value on which the sources do not agree."""

    field: str
    values: Mapping[str, Value]


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


@dataclass(frozen=True, kw_only=True)
class Headline:
    """Who a dossier is about: for lists. `name` is None before the first version."""

    id: int
    cpf: str
    name: str | None
    version: int | None


@dataclass(frozen=True, kw_only=True)
class VersionSummary:
    """One line of a dossier's history. `pinned`: kept whatever its age."""

    number: int
    completeness: str
    created_at: datetime
    pinned: bool = False


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
class Diff:
    """What changed from one version to another."""

    from_version: int
    to_version: int
    presence: tuple[PresenceChange, ...]
    person: tuple[ValueChange, ...]
    sections: tuple[SectionChange, ...]


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """A dossier as a run left it: the version that stood then (0: none), and until when that is known.

    `errors` tell by source what had failed then; None where the version's own provenance is to tell.
    """

    dossier_id: int
    version: int
    until: datetime | None = None
    errors: Mapping[str, str] | None = None
