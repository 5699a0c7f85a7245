"""What a source's Retry-After means in seconds, whatever our own clock says."""

import pytest

from orchestrator.clients.transport import seconds_to_wait

NOON, LATER = "Wed, 25 Nov 2026 12:00:00 GMT", "Wed, 25 Nov 2026 12:00:30 GMT"


@pytest.mark.parametrize(
    ("header", "date", "expected"),
    [
        ("7", None, 7.0),
        (LATER, NOON, 30.0),
        (NOON, LATER, 0.0),
        ("soon", NOON, None),
        ("", NOON, None),
        (None, None, None),
    ],
)
def test_seconds_and_dates_are_read_alike(
    header: str | None, date: str | None, expected: float | None
) -> None:
    assert seconds_to_wait(header, date) == expected
