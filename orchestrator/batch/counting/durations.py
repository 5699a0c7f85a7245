"""How long many calls took, in little room: how many took about as long, in steps of a tenth. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log

_STEP = 1.1  # so a median is true to 5 % of itself
_LEAST_SECONDS = 0.001

Histogram = Mapping[str, int]  # by the power of _STEP: how many


def after(known: Histogram, seconds: Iterable[float]) -> dict[str, int]:
    """A histogram after some more calls."""
    return dict(Counter(known) + Counter(str(_power(each)) for each in seconds))


def median(known: Histogram) -> float | None:
    """About the seconds of which half the calls took no more; None without any."""
    left = (sum(known.values()) + 1) // 2
    for power in sorted(map(int, known)):
        left -= known[str(power)]
        if left <= 0:
            return float(_STEP**power)
    return None


def _power(seconds: float) -> int:
    return round(log(max(seconds, _LEAST_SECONDS), _STEP))
