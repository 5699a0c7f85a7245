"""How much failing a run lets a source do before it pauses, and before it goes on without it.

Calls that were made count. Where none could be made, because the circuit was open or the source had
asked for a pause, nothing is counted: what cannot be asked is waited for, by the same pauses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from orchestrator import conf
from orchestrator.clients import registry
from orchestrator.models import Run


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

    @property
    def is_probing(self) -> bool:
        """Whether it has paused the run and has not answered since: one call at a time tells."""
        return self.pauses > 0 and not self.given_up

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


def of(run: Run) -> dict[str, Budget]:
    """The sources' standing in a run, in the registry's order."""
    return {source.name: Budget(**run.budgets.get(source.name, {})) for source in registry.SOURCES}


def stored(standing: Mapping[str, Budget]) -> dict[str, Any]:
    """The form in a run's row."""
    return {source: asdict(budget) for source, budget in standing.items()}
