"""How much failing a run lets a source do before it pauses, and before it goes on without it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from orchestrator import conf


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A source's standing in a run. A call that is answered makes good for everything."""

    failed_in_a_row: int = 0
    pauses: int = 0
    given_up: bool = False  # new chunks go without it; only what failed is tried again, at the end

    @property
    def is_spent(self) -> bool:
        """Whether the run should pause."""
        return not self.given_up and self.failed_in_a_row >= conf.RUN_ERROR_BUDGET

    def after(self, calls: Iterable[bool]) -> "Budget":
        """After calls that were answered or not."""
        budget = self
        for answered in calls:
            budget = Budget() if answered else replace(budget, failed_in_a_row=budget.failed_in_a_row + 1)
        return budget

    def paused(self) -> tuple["Budget", float]:
        """Its next pause in seconds, each twice as long as the one before; 0: no more, it is given up.

        One call after the pause tells whether it is over.
        """
        if self.pauses >= conf.RUN_PAUSES:
            return replace(self, given_up=True), 0.0
        seconds = conf.RUN_PAUSE_SECONDS * 2**self.pauses
        return replace(self, pauses=self.pauses + 1, failed_in_a_row=conf.RUN_ERROR_BUDGET - 1), seconds
