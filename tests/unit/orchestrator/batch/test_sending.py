"""Whose chunks are sent next: a fair turn for every run, however many there are."""

import pytest

from orchestrator.batch.schedule.sending import Queue, taken


def queue(*waiting: int, under_way: int = 0, most: int = 4, owner: str = "client:a") -> Queue:
    return Queue(waiting=waiting, under_way=under_way, most=most, owner=owner)


@pytest.mark.parametrize(
    ("queues", "room", "chosen"),
    [
        ([queue(1, 2, 3)], 2, [1, 2]),
        ([queue(1, 2), queue(11, 12), queue(21, 22)], 4, [1, 11, 21, 2]),
        ([queue(1, 2, under_way=3), queue(11, 12)], 2, [11, 12]),
        ([queue(1, 2, under_way=2), queue(11, 12, under_way=1)], 1, [11]),
        ([queue(), queue(11)], 4, [11]),
        ([queue(1, 2, 3, most=1), queue(11, 12)], 4, [1, 11, 12]),
        ([queue(1, under_way=1, most=1)], 4, []),
        ([], 4, []),
        ([queue(1, 2), queue(11), queue(21), queue(31, 32, owner="client:b")], 4, [1, 31, 11, 32]),
        ([queue(1, under_way=1), queue(11, under_way=1), queue(21, 22, owner="client:b")], 2, [21, 22]),
    ],
    ids=[
        "a run alone has all the room",
        "each run in turn",
        "a list beside a night",
        "who has the fewest under way",
        "a run that has nothing to send",
        "a run that finds out whether a source is back",
        "and waits for the answer",
        "no run",
        "an owner with many runs has no more of them than one with a single run",
        "nor where those are under way",
    ],
)
def test_turns(queues: list[Queue], room: int, chosen: list[int]) -> None:
    assert taken(queues, room) == chosen
