"""What changed most: by section how many dossiers, and the dossiers with the most changed rows. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from orchestrator.records.dossiers import Block, Presence
from orchestrator.versions import diff
from orchestrator.versions.diff import UNDECLARED, Sources
from orchestrator.versions.snapshots import Content

_MOST = 10


def moved(before: Content, after: Content, sources: Sources = UNDECLARED) -> dict[str, int]:
    """By "source.section" how many rows came, went or changed, "source.person" the values that moved, and
    "source.presence" for a source that knows the person now or no longer does: the diff, counted.

    Where something is unknown on either side, nothing is known to have changed.
    """
    old, new = _blocks(before), _blocks(after)
    found = Counter(
        f"{each.source}.presence"
        for each in diff.presence_changes(old, new)
        if Presence.MISSING not in (each.before, each.after)
    )
    found.update(f"{each.source}.person" for each in diff.person_changes(old, new))
    for each in diff.section_changes(old, new, sources):
        if f"{each.source}.presence" not in found:
            found[f"{each.source}.{each.section}"] = len(each.added + each.removed + each.changed)
    return dict(+found)


def _blocks(stored: Content) -> dict[str, Block]:
    """With values as they are written: to count them they need not be read."""
    return {
        name: Block(presence=Presence(block["presence"]), person=block["person"], sections=block["sections"])
        for name, block in stored.items()
    }


def most(known: Iterable[tuple[int, int]], rows: Mapping[int, int]) -> list[list[int]]:
    """The dossiers with the most changed rows, as pairs of dossier and rows, the most first."""
    summed = Counter(dict(known)) + Counter(rows)
    return [[pk, number] for pk, number in summed.most_common(_MOST)]
