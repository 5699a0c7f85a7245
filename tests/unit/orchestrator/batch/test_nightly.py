"""When a nightly run is owed: by São Paulo's clocks, summer time and month ends included."""

from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest

from orchestrator.batch.schedule.nightly import due_at, owed

THREE = time(3)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 25, 5, 59, 59, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 25, 6, 0, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 11, 26, 2, 59, tzinfo=UTC), date(2026, 11, 25)),  # still the 25th there
        (datetime(2026, 12, 1, 5, 0, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(2027, 1, 1, 4, 0, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2027, 1, 1, 6, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 29, 6, 0, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2028, 3, 1, 5, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_the_latest_date_whose_time_has_come(now: datetime, day: date) -> None:
    assert owed(now, LONG_AGO, THREE) == day


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2018, 11, 3), datetime(2018, 11, 3, 6, tzinfo=UTC)),
        (date(2018, 11, 4), datetime(2018, 11, 4, 5, tzinfo=UTC)),  # summer time began at midnight
        (date(2019, 2, 16), datetime(2019, 2, 16, 5, tzinfo=UTC)),
        (date(2019, 2, 17), datetime(2019, 2, 17, 6, tzinfo=UTC)),  # and ended at midnight
        (date(2026, 11, 25), datetime(2026, 11, 25, 6, tzinfo=UTC)),  # there is none since 2019
    ],
)
def test_three_o_clock_comes_once_a_day_whatever_the_clocks_do(day: date, due: datetime) -> None:
    assert due_at(day, THREE) == due


def test_every_hour_of_a_year_with_summer_time_owes_the_days_in_turn() -> None:
    hours = (datetime.fromtimestamp(1_514_764_800 + hour * 3600, UTC) for hour in range(366 * 24))
    days = [owed(hour, LONG_AGO, THREE) for hour in hours]
    turns = list(dict.fromkeys(days))
    assert turns == sorted(turns)  # type: ignore[type-var]
    assert len(turns) == 367
    assert all((after - before).days == 1 for before, after in pairwise(turns))  # type: ignore[operator]


def test_a_time_that_the_clocks_skip_is_an_hour_later() -> None:
    assert due_at(date(2018, 11, 4), time(0, 30)) == datetime(2018, 11, 4, 3, 30, tzinfo=UTC)


def test_nothing_is_owed_from_before_the_installation() -> None:
    noon = datetime(2026, 11, 25, 15, tzinfo=UTC)
    assert owed(noon, noon, THREE) is None
    assert owed(datetime(2026, 11, 26, 5, tzinfo=UTC), noon, THREE) is None
    assert owed(datetime(2026, 11, 26, 6, tzinfo=UTC), noon, THREE) == date(2026, 11, 26)
