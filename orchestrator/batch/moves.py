"""What changed most: by section how many dossiers, and the dossiers with the most changed rows. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator import sealing
from orchestrator.snapshots import Content

_MOST = 10


def moved(before: Content, after: Content) -> dict[str, int]:
    """By "source.section" how many rows came or went, "source.person" the values that moved, and
    "source.presence" for a source that knows the person now or no longer does.

    Where a source is missing on either side nothing is known to have changed.
    """
    found: dict[str, int] = {}
    for source, now in after.items():
        then = before.get(source)
        if then is None or "missing" in (then["presence"], now["presence"]):
            continue
        found |= {f"{source}.{part}": number for part, number in _parts(then, now) if number}
    return found


def _parts(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    if then["presence"] != now["presence"]:
        yield "presence", 1
        return
    yield "person", sum(then["person"].get(key) != value for key, value in now["person"].items())
    for key, rows in now["sections"].items():
        old, new = _counted(then["sections"].get(key, ())), _counted(rows)
        yield key, ((old - new) | (new - old)).total()


def _counted(rows: Any) -> Counter[bytes]:
    return Counter(map(sealing.canonical, rows))


def most(known: Iterable[tuple[int, int]], rows: Mapping[int, int]) -> list[list[int]]:
    """The dossiers with the most changed rows, as pairs of dossier and rows, the most first."""
    summed = Counter(dict(known)) + Counter(rows)
    return [[pk, number] for pk, number in summed.most_common(_MOST)]
