"""When a run is likely to end, in words, and how sure that is."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.records.runs import Totals
from portal.presenting.runs import run_details
from tests.unit.portal.presenting.test_run_pages import BEGAN, status

NOW = BEGAN + timedelta(seconds=100)  # 3 h 01 min 40 s in São Paulo


def ends(seconds: float, at: datetime = NOW) -> str:
    told = run_details.forecast(status(seconds_left=seconds), at)
    assert told is not None
    return told.ends


def sure(**told: object) -> str:
    """Of a run that has done 3,500 in its first 100 seconds."""
    forecast = run_details.forecast(status(**{"per_second": 35.0, "totals": Totals(new=3500), **told}), NOW)
    assert forecast is not None
    return forecast.sure


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (10, "por volta das 03:02"),
        (19.9, "por volta das 03:02"),
        (700, "por volta das 03:14"),
        (3600, "por volta das 04:05"),  # so far ahead a minute would be too exact
        (86_400, "por volta de 26/11/2026 03:05"),
    ],
)
def test_an_end_is_told_no_more_exactly_than_it_is_known(seconds: float, told: str) -> None:
    assert ends(seconds) == told


def test_an_end_past_midnight_is_told_with_its_day() -> None:
    late = datetime(2026, 11, 26, 2, 50, tzinfo=UTC)  # ten to midnight
    assert ends(900, late) == "por volta de 26/11/2026 00:05"


def test_without_a_rate_or_once_it_has_ended_there_is_no_forecast() -> None:
    assert run_details.forecast(status(seconds_left=None), NOW) is None
    assert run_details.forecast(status(finished_at=NOW), NOW) is None


def test_how_sure_it_is_follows_from_the_rate_and_what_is_not_known_yet() -> None:
    assert sure() == "ritmo estável"
    assert sure(per_second=20.0) == "o ritmo varia: pode mudar"
    assert sure(per_second=60.0) == "o ritmo varia: pode mudar"
    assert sure(created_at=NOW - timedelta(seconds=30)) == "primeira estimativa: o ritmo ainda se forma"
    assert sure(planning=True) == "ainda listando: pode ser bem mais tarde"
    assert sure(waiting_again=6) == "sem contar 6 CPFs que serão consultados de novo"


def test_a_renewal_takes_as_long_for_each_as_the_last_one() -> None:
    last = status(finished_at=BEGAN + timedelta(minutes=10), totals=Totals(unchanged=1000))
    assert run_details.renewal_time(last, 2000) == "20 min"
    assert run_details.renewal_time(last, 1) == "menos de um minuto"
    assert run_details.renewal_time(None, 2000) == ""
    assert run_details.renewal_time(status(finished_at=BEGAN, totals=Totals()), 2000) == ""
