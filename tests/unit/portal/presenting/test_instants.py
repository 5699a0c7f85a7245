"""Days and instants that somebody types."""

from datetime import UTC, datetime

import pytest
import time_machine

from orchestrator.errors import InvalidInput
from portal.presenting.history import instants

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01", datetime(2026, 11, 2, 2, 59, 59, 999999, tzinfo=UTC)),  # the day's end in São Paulo
        ("2026-11-26", NOW),  # today, until now
        (" 2026-11-01T12:00:00-03:00 ", datetime(2026, 11, 1, 15, 0, tzinfo=UTC)),
        ("2026-11-01t12:00:00.5z", datetime(2026, 11, 1, 12, 0, 0, 500000, tzinfo=UTC)),
        ("2026-11-26T15:00:00Z", NOW),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_a_day_is_meant_to_its_end_and_an_instant_as_it_is(text: str, expected: datetime) -> None:
    assert instants.as_of(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid"),
        ("ontem", "invalid"),
        ("2026-13-01", "invalid"),
        ("2026-02-30T00:00:00Z", "invalid"),
        ("20261101", "invalid"),
        ("2026-11-01T12:00:00", "invalid"),  # of which place?
        ("2026-11-01T12:00:00 03:00", "invalid"),  # a + that no client encoded
        ("0001-01-01T00:00:00+14:00", "invalid"),
        ("９９９９-11-01", "invalid"),
        ("2026-11-27", "future"),
        ("2026-11-26T15:00:01Z", "future"),
        ("9999-12-31", "future"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_what_is_neither_or_has_not_been_yet_is_refused_by_its_field(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        instants.as_of(text)
    assert (refused.value.field, refused.value.code) == ("as_of", code)
