"""What changed from one version to another. Pure.

A source that is missing on either side is not comparable: its rows are neither added nor removed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from orchestrator.content import MISSING
from orchestrator.records import (
    Block,
    Presence,
    PresenceChange,
    Row,
    SectionChange,
    ValueChange,
)

Blocks = Mapping[str, Block]


def presence_changes(before: Blocks, after: Blocks) -> Iterator[PresenceChange]:
    """The sources whose presence moved."""
    for source, old, new in _pairs(before, after):
        if old.presence is not new.presence:
            yield PresenceChange(source=source, before=old.presence, after=new.presence)


def person_changes(before: Blocks, after: Blocks) -> Iterator[ValueChange]:
    """The person's values that moved, at sources that found the person both times."""
    for source, old, new in _pairs(before, after):
        if old.presence is new.presence is Presence.FOUND:
            for field in {**old.person, **new.person}:
                then, now = old.person.get(field), new.person.get(field)
                if then != now:
                    yield ValueChange(source=source, field=field, before=then, after=now)


def section_changes(before: Blocks, after: Blocks) -> Iterator[SectionChange]:
    """The sections that moved, or of which it cannot be told."""
    for source, old, new in _pairs(before, after):
        comparable = Presence.MISSING not in (old.presence, new.presence)
        if not comparable and old.presence is new.presence:
            continue
        for key in {**old.sections, **new.sections}:
            then, now = old.sections.get(key, ()), new.sections.get(key, ())
            added, removed = (_less(now, then), _less(then, now)) if comparable else ((), ())
            if added or removed or not comparable:
                yield SectionChange(
                    source=source, section=key, comparable=comparable, added=added, removed=removed
                )


def _pairs(before: Blocks, after: Blocks) -> Iterator[tuple[str, Block, Block]]:
    for source in {**before, **after}:
        yield source, before.get(source, MISSING), after.get(source, MISSING)


def _less(rows: Sequence[Row], others: Sequence[Row]) -> tuple[Row, ...]:
    """The rows that the others lack; equal rows count as often as they stand."""
    lacking = Counter(_identity(row) for row in rows) - Counter(_identity(row) for row in others)
    kept = []
    for row in rows:
        if lacking[_identity(row)] > 0:
            lacking[_identity(row)] -= 1
            kept.append(row)
    return tuple(kept)


def _identity(row: Row) -> frozenset[tuple[str, object]]:
    return frozenset(row.items())
