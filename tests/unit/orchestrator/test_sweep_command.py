"""The sweeper's loops: none holds up another, and a defect is not outlived."""

import threading

from django.db import OperationalError

from orchestrator.management.commands.sweep import Loop
from tests.stack import eventually


def test_a_round_that_hangs_does_not_hold_up_the_rounds_of_the_other_loop() -> None:
    stop, thawed, rounds = threading.Event(), threading.Event(), list[int]()

    def hang() -> None:
        thawed.wait()

    def count() -> None:
        rounds.append(len(rounds))

    loops = [Loop(hang, 0.01, stop), Loop(count, 0.01, stop)]
    began = [loop.done_at for loop in loops]
    for loop in loops:
        loop.start()
    eventually(lambda: len(rounds) > 3)
    assert [loop.done_at > since for loop, since in zip(loops, began, strict=True)] == [False, True]
    stop.set()
    thawed.set()
    for loop in loops:
        loop.join(5)


def test_a_database_that_is_away_is_waited_for_and_a_defect_ends_the_process() -> None:
    stop, rounds = threading.Event(), list[int]()

    def fail() -> None:
        rounds.append(len(rounds))
        raise OperationalError if len(rounds) < 3 else ZeroDivisionError

    loop = Loop(fail, 0.01, stop)
    loop.start()
    loop.join(5)
    assert (len(rounds), loop.defect, stop.is_set()) == (3, True, True)
