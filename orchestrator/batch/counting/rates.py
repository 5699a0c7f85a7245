"""How fast a run is, by the last minute's work. Pure; times are seconds of the epoch."""

from collections.abc import Iterable
from typing import NamedTuple

_OVER_SECONDS = 60.0
_GRAIN_SECONDS = 5.0  # work that ended in the same so many seconds is kept as one


class Work(NamedTuple):
    """Some dossiers that have got an outcome."""

    began_at: float
    ended_at: float
    dossiers: int

    @property
    def grain(self) -> int:
        """Of which seconds it is."""
        return int(self.ended_at // _GRAIN_SECONDS)


def after(lately: Iterable[Work], work: Work) -> list[Work]:
    """The last minute's work after some more: a dozen entries, however much it is."""
    kept = _since(lately, work.ended_at)
    same = [each for each in kept if each.grain == work.grain]
    return [*(each for each in kept if each.grain != work.grain), _joined([*same, work])]


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
