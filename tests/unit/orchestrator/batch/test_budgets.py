"""How much failing a run lets a source do."""

import pytest

from orchestrator import conf
from orchestrator.batch.schedule.budgets import Budget


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RUN_ERROR_BUDGET": 3, "RUN_PAUSES": 2, "RUN_PAUSE_SECONDS": 60.0}.items():
        monkeypatch.setattr(conf, name, value)


def test_only_failures_in_a_row_spend_it() -> None:
    assert not Budget().after([False, False, True, False, False]).is_spent
    assert Budget().after([False, False, False]).is_spent


def test_each_pause_is_twice_as_long_and_one_more_failure_ends_the_patience() -> None:
    budget, first = Budget().after([False] * 3).paused()
    assert not budget.is_spent
    budget, second = budget.after([False]).paused()
    assert (first, second) == (60.0, 120.0)
    budget, third = budget.after([False]).paused()
    assert (third, budget.given_up, budget.is_spent) == (0.0, True, False)


def test_an_answer_makes_good_for_everything() -> None:
    assert Budget(failed_in_a_row=9, pauses=2, given_up=True).after([True]) == Budget()
