"""How far the sources' lists of all CPFs were read. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from orchestrator.clients import registry

MOST_TRIES = 5  # in a row, before a run goes on without the rest of a list


@dataclass(frozen=True, kw_only=True)
class ListProgress:
    """How far a source's list was read. `cursor` is "" before its start and None after its end.

    `tries` counts the failures in a row, `error_code` tells the last one, and `is_hopeless` whether no
    waiting heals it. `next_try_at` is an instant in ISO 8601, None while nobody waits.
    """

    cursor: str | None = ""
    listed: int = 0
    tries: int = 0
    error_code: str | None = None
    is_hopeless: bool = False
    next_try_at: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is read no further: to its end, or too often in vain."""
        return self.cursor is None or self.tries >= MOST_TRIES


def are_over(lists: Mapping[str, ListProgress]) -> bool:
    """Whether no list is read any further; also where every source says what no waiting heals."""
    return all(each.is_over for each in lists.values()) or all(each.is_hopeless for each in lists.values())


def waiting(lists: Mapping[str, ListProgress], until: datetime | None) -> dict[str, ListProgress]:
    """The same, those that are tried again then; None: they are tried now."""
    at = until.astimezone(UTC).isoformat() if until else None
    return {source: each if each.is_over else replace(each, next_try_at=at) for source, each in lists.items()}


def of(stored: dict[str, Any]) -> dict[str, ListProgress]:
    """By source, in the registry's order, from a run's row."""
    return {source.name: ListProgress(**stored.get(source.name, {})) for source in registry.SOURCES}


def stored(progress: dict[str, ListProgress]) -> dict[str, Any]:
    """The form in a run's row."""
    return {source: asdict(each) for source, each in progress.items()}
