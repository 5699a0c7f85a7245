"""How fast a run is, and how long its calls take, in as little room as a row has."""

import pytest

from orchestrator.batch.counting import pace
from orchestrator.batch.counting.pace import Work


def test_the_rate_is_that_of_the_last_minute_s_work() -> None:
    lately = [Work(0.0, 10.0, 9000), Work(100.0, 110.0, 1000), Work(105.0, 120.0, 3000)]
    assert pace.per_second(lately, 121.0) == 200.0  # 4000 in the 20 seconds since it began
    assert pace.per_second(lately, 400.0) is None
    assert pace.per_second([], 1.0) is None
    assert pace.per_second([Work(1.0, 1.0, 5)], 2.0) is None


def test_what_is_kept_of_it_does_not_grow() -> None:
    lately: list[Work] = []
    for number in range(10_000):
        lately = pace.lately_after(lately, Work(number * 0.1, number * 0.1 + 1.0, 400))
    assert len(lately) <= 13
    assert pace.per_second(lately, 1001.0) == pytest.approx(4000, rel=0.05)


@pytest.mark.parametrize("median", [0.002, 0.5, 1.7, 14.0])
def test_the_median_of_many_calls_is_true_to_a_twentieth(median: float) -> None:
    kept = pace.histogram_after({}, [median * (0.5 + number / 100) for number in range(101)])
    assert pace.median(kept) == pytest.approx(median, rel=0.05)
    assert len(kept) < 20


def test_calls_come_one_after_the_other() -> None:
    kept = pace.histogram_after(pace.histogram_after({}, [1.0, 1.0]), [0.0, 1.0])
    assert kept == {"0": 3, "-72": 1}
    assert pace.median(kept) == 1.0
    assert pace.median({}) is None
