"""What is held of a person and what is no more, as it travels between modules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Remnant:
    """What an erasure leaves: `kind` is a stable word for it, `number` how much (None: others count it),
    `until` when retention takes it (None: for good), `why` the law or the need."""

    kind: str
    number: int | None
    until: datetime | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Erased:
    """An erasure. `removed` tells by kind how much; `finished` is False where something is still to go, such
    as what Redis holds while it is away: the sweeper sees to it."""

    dossier_id: int
    erased_at: datetime
    reason: str
    owner: str
    finished: bool
    removed: Mapping[str, int]
    stands: tuple[Remnant, ...]
