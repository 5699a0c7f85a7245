"""What changed from one version to another. Pure.

What is unknown on either side is not comparable: a source that is missing, or a section or value of the
person that it was not yet asked for. Its rows are neither added nor removed.
"""

from collections.abc import Iterator, Mapping

from orchestrator.content import MISSING
from orchestrator.records.dossiers import (
    Block,
    Diff,
    DossierView,
    Presence,
    PresenceChange,
    SectionChange,
    TotalChange,
    ValueChange,
)
from orchestrator.records.sources import Source
from orchestrator.versions import pairing

Blocks = Mapping[str, Block]
Sources = Mapping[str, Source]

UNDECLARED: Sources = {}


def between(before: DossierView, after: DossierView, sources: Sources = UNDECLARED) -> Diff:
    """All that changed from one version of a dossier to another. Both have one."""
    then, now = before.blocks, after.blocks
    return Diff(
        from_version=before.version or 0,
        to_version=after.version or 0,
        presence=tuple(presence_changes(then, now)),
        person=tuple(person_changes(then, now)),
        sections=tuple(section_changes(then, now, sources)),
        totals=tuple(total_changes(then, now, sources)),
    )


def presence_changes(before: Blocks, after: Blocks) -> Iterator[PresenceChange]:
    """The sources whose presence moved."""
    for source, old, new in _pairs(before, after):
        if old.presence is not new.presence:
            yield PresenceChange(source=source, before=old.presence, after=new.presence)


def person_changes(before: Blocks, after: Blocks) -> Iterator[ValueChange]:
    """The person's values that moved, at sources that found the person both times."""
    for source, old, new in _pairs(before, after):
        if old.presence is new.presence is Presence.FOUND:
            for field in old.person:
                then, now = old.person[field], new.person.get(field)
                if field in new.person and then != now:
                    yield ValueChange(source=source, field=field, before=then, after=now)


def section_changes(before: Blocks, after: Blocks, sources: Sources = UNDECLARED) -> Iterator[SectionChange]:
    """The sections that moved, or of which it cannot be told.

    Rows are paired by what their `sources` (by name) declare of them, as `pairing.moves` says.
    """
    for source, old, new in _pairs(before, after):
        declared = {section.key: section for section in sources[source].sections} if source in sources else {}
        missing = Presence.MISSING in (old.presence, new.presence)
        if missing and old.presence is new.presence:
            continue
        for key in {**old.sections, **new.sections}:
            then, now = old.rows(key), new.rows(key)
            if missing or then is None or now is None:
                yield SectionChange(
                    source=source,
                    section=key,
                    comparable=False,
                    added=(),
                    removed=(),
                    never_asked=not missing,
                )
                continue
            moves = pairing.moves(then, now, declared.get(key))
            if moves.added or moves.removed or moves.changed:
                yield SectionChange(
                    source=source,
                    section=key,
                    comparable=True,
                    added=moves.added,
                    removed=moves.removed,
                    changed=moves.changed,
                )


def total_changes(before: Blocks, after: Blocks, sources: Sources) -> Iterator[TotalChange]:
    """What each section that declares a total adds up to on both sides, whether it moved or not."""
    for name, source in sources.items():
        old, new = before.get(name, MISSING), after.get(name, MISSING)
        for section in source.sections:
            if section.total:
                then, now = (
                    None if rows is None else section.totals(rows)
                    for rows in (old.rows(section.key), new.rows(section.key))
                )
                yield TotalChange(source=name, section=section.key, before=then, after=now)


def _pairs(before: Blocks, after: Blocks) -> Iterator[tuple[str, Block, Block]]:
    for source in {**before, **after}:
        yield source, before.get(source, MISSING), after.get(source, MISSING)
