"""Whose turn it is: the chunks that are sent next, over all runs. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A run's chunks that may be sent, the first ones first, and how many of its are under way.

    `most` is how many of them may be at once.
    """

    waiting: Sequence[int]
    under_way: int
    most: int


def taken(queues: Sequence[Queue], room: int) -> list[int]:
    """The chunks that are sent, as far as there is room, by the runs' queues: given with the one first
    whose last turn is the longest ago.

    Always one of the run that has the fewest under way; of several the one that has waited longest.
    """
    order, sent = list(range(len(queues))), [0] * len(queues)
    chosen: list[int] = []

    def under_way(run: int) -> int:
        return queues[run].under_way + sent[run]

    while len(chosen) < room:
        ready = [run for run in order if sent[run] < len(queues[run].waiting)]
        ready = [run for run in ready if under_way(run) < queues[run].most]
        if not ready:
            break
        run = min(ready, key=under_way)
        chosen.append(queues[run].waiting[sent[run]])
        sent[run] += 1
        order.remove(run)
        order.append(run)
    return chosen
