"""How fast a run is, and how long its calls take, both in little room. Pure.

The rate is that of the last minute's work; of the calls it is kept how many took about as long, in steps
of a tenth. Times are seconds of the epoch.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log
from typing import NamedTuple

_OVER_SECONDS = 60.0
_GRAIN_SECONDS = 5.0  # work that ended in the same so many seconds is kept as one
_STEP = 1.1  # so a median is true to 5 % of itself
_LEAST_SECONDS = 0.001

Histogram = Mapping[str, int]  # by the power of _STEP: how many


class Work(NamedTuple):
    """Some dossiers that have got an outcome."""

    began_at: float
    ended_at: float
    dossiers: int


def lately_after(lately: Iterable[Work], work: Work) -> list[Work]:
    """The last minute's work after some more: a dozen entries, however much it is."""
    kept, grain = _since(lately, work.ended_at), work.ended_at // _GRAIN_SECONDS
    same = [each for each in kept if each.ended_at // _GRAIN_SECONDS == grain]
    others = [each for each in kept if each.ended_at // _GRAIN_SECONDS != grain]
    return [*others, _joined([*same, work])]


def per_second(lately: Iterable[Work], now: float) -> float | None:
    """Dossiers a second while there was work in the last minute; None where there was none."""
    kept = _since(lately, now)
    if not kept:
        return None
    whole = _joined(kept)
    seconds = whole.ended_at - whole.began_at
    return whole.dossiers / seconds if seconds > 0 else None


def _since(lately: Iterable[Work], now: float) -> list[Work]:
    return [each for each in lately if each.ended_at > now - _OVER_SECONDS]


def _joined(works: list[Work]) -> Work:
    return Work(
        began_at=min(each.began_at for each in works),
        ended_at=max(each.ended_at for each in works),
        dossiers=sum(each.dossiers for each in works),
    )


def histogram_after(known: Histogram, seconds: Iterable[float]) -> dict[str, int]:
    """How long calls took, after some more."""
    powers = (round(log(max(each, _LEAST_SECONDS), _STEP)) for each in seconds)
    return dict(Counter(known) + Counter(map(str, powers)))


def median(known: Histogram) -> float | None:
    """About the seconds of which half the calls took no more; None without any."""
    left = (sum(known.values()) + 1) // 2
    for power in sorted(map(int, known)):
        left -= known[str(power)]
        if left <= 0:
            return float(_STEP**power)
    return None
