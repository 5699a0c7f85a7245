"""What a source does wrong at present. It is kept in the process: a restart ends every drill."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Protocol

LONGEST_WAIT_S = 120.0
_SLICE_S = 0.2  # how late a wait may notice that its drill is over


class Fault(StrEnum):
    """The ways to misbehave."""

    NONE = "none"
    ERRORS = "errors"
    DELAY = "delay"
    HANG = "hang"
    LIMITED = "limited"
    UNAUTHORIZED = "unauthorized"
    REDIRECT = "redirect"
    CUT = "cut"
    TRICKLE = "trickle"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    TRUNCATED = "truncated"
    WRONG_SHAPE = "wrong_shape"
    MISSING_KEY = "missing_key"
    NAN = "nan"
    INFINITY = "infinity"
    NOT_MONEY = "not_money"
    DUPLICATE = "duplicate"
    OTHER_CPF = "other_cpf"
    DEEP = "deep"


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One misbehaviour; every drill is one of its own, also where it asks for the same again.

    `share` is the part of the calls that it concerns, `seconds` how long it lasts (None: until it is
    switched), `delay` (seconds), `status` and `retry_after` (seconds) belong to single faults;
    `tokens` says whether the token endpoint misbehaves too.
    """

    fault: Fault = Fault.NONE
    share: float = 1.0
    seconds: float | None = None
    delay: float | None = None
    status: int = 503
    retry_after: int | None = 5
    tokens: bool = False


OFF = Drill()


class Clock(Protocol):
    """What is needed of the module `time`."""

    def monotonic(self) -> float:
        """Seconds since some instant."""

    def sleep(self, seconds: float, /) -> None:
        """Waits."""


class Switch:
    """Holds the present drill; safe to share between threads, for it is replaced in one step."""

    def __init__(self, clock: Clock = time) -> None:
        self.clock = clock
        self._on: tuple[Drill, float] = (OFF, inf)

    def turn(self, drill: Drill) -> None:
        """Begins a drill and ends the one before; `Fault.NONE` begins none."""
        if drill.fault is Fault.NONE:
            drill = OFF
        lasts = inf if drill.seconds is None else drill.seconds
        self._on = (drill, self.clock.monotonic() + lasts)

    def present(self) -> tuple[Drill, float | None]:
        """The present drill (OFF where there is none), and the seconds left (None without an end)."""
        drill, ends_at = self._on
        left = ends_at - self.clock.monotonic()
        if left <= 0:
            return OFF, None
        return drill, None if left == inf else left

    def is_on(self, drill: Drill) -> bool:
        """Whether a drill has neither been switched nor come to its end."""
        return self.present()[0] is drill

    def draw(self) -> Drill:
        """What to do to one call: the present drill for its share of the calls, else OFF."""
        drill, _ = self.present()
        return drill if random.random() < drill.share else OFF  # noqa: S311  # nosec B311  # chance, no secret

    def wait(self, drill: Drill, seconds: float, gone: Callable[[], bool] = lambda: False) -> None:
        """Waits for so long; not beyond the drill's end, nor for someone who has gone."""
        ends_at = self.clock.monotonic() + seconds
        while (left := ends_at - self.clock.monotonic()) > 0 and self.is_on(drill) and not gone():
            self.clock.sleep(min(left, _SLICE_S))


SWITCH = Switch()
