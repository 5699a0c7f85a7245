"""What became of each dossier of a chunk, how many of each there are, and what changed most. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from orchestrator.records.dossiers import Block, Presence
from orchestrator.records.runs import Failure, Totals
from orchestrator.versions import diff
from orchestrator.versions.diff import UNDECLARED, Sources
from orchestrator.versions.snapshots import Content

_MOST_CHANGED = 10

Failures = Mapping[str, Mapping[str, str]]  # by place: error codes by source


class Saved(StrEnum):
    """What a run has done to a dossier so far, as a letter; the greater of two passes counts."""

    NOTHING = "-"
    SKIPPED = "s"  # somebody else has checked it meanwhile
    UNCHANGED = "u"
    CHANGED = "c"
    NEW = "n"


_RANK = "".join(Saved)
_COUNTED = {
    Saved.NOTHING: "failed",
    Saved.SKIPPED: "skipped",
    Saved.UNCHANGED: "unchanged",
    Saved.CHANGED: "changed",
    Saved.NEW: "new",
}


def outcome(saved: str, failed_sources: Mapping[str, str] | None) -> str:
    """The name of a dossier's outcome: a field of Totals."""
    name = _COUNTED[Saved(saved)]
    return "partial" if failed_sources and name != "failed" else name


def count(saved: str, failures: Failures) -> Totals:
    """The totals of a chunk; `saved` has a letter for each place."""
    numbers = {name: saved.count(letter) for letter, name in _COUNTED.items()}
    for place in failures:
        name = _COUNTED[Saved(saved[int(place)])]
        if name != "failed":
            numbers[name] -= 1
            numbers["partial"] = numbers.get("partial", 0) + 1
    return Totals(**numbers)


def lacking(failures: Failures) -> Mapping[str, int]:
    """By source how many dossiers of a chunk lack its answer."""
    return Counter(source for codes in failures.values() for source in codes)


def merged(before: str, now: Mapping[int, Saved]) -> str:
    """A chunk's letters after another pass, which brought something to some places."""
    letters = list(before)
    for place, letter in now.items():
        letters[place] = max(letters[place], letter, key=_RANK.index)
    return "".join(letters)


def versions_after(before: Sequence[int], now: Mapping[int, int], letters: Mapping[int, Saved]) -> list[int]:
    """By place the version that the passes so far made or confirmed; 0 where none was.

    Where somebody else has checked since, what an earlier pass has made is still what the run made.
    """
    versions = list(before)
    for place, number in now.items():
        if not (versions[place] and letters[place] is Saved.SKIPPED):
            versions[place] = number
    return versions


def failures_after(
    before: Failures,
    asks: Mapping[str, Sequence[int]] | None,
    letters: Mapping[int, Saved],
    now: Mapping[int, Mapping[str, Failure]],
) -> dict[str, dict[str, str]]:
    """A chunk's failures after another pass: those of what it asked are as they are now.

    Who was checked by somebody else meanwhile lacks nothing that this run would know of.
    """
    left = {place: dict(codes) for place, codes in before.items()}
    for source, places in (asks or {}).items():
        for place in places:
            left.get(str(place), {}).pop(source, None)
    for place, failures in now.items():
        codes = {source: failure.code for source, failure in failures.items()}
        left[str(place)] = left.get(str(place), {}) | codes
    return {
        place: codes
        for place, codes in left.items()
        if codes and letters.get(int(place)) is not Saved.SKIPPED
    }


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


def most_changed(known: Iterable[tuple[int, int]], rows: Mapping[int, int]) -> list[list[int]]:
    """The dossiers with the most changed rows, as pairs of dossier and rows, the most first."""
    summed = Counter(dict(known)) + Counter(rows)
    return [[pk, number] for pk, number in summed.most_common(_MOST_CHANGED)]
