"""When a nightly run is owed. Pure.

A business date is a day of São Paulo; its run is due at one time of that day by São Paulo's clocks.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def owed(now: datetime, installed_at: datetime, at: time) -> date | None:
    """The latest business date whose time has come; None where that was before the installation.

    `now` and `installed_at` are aware. Of several nights that were missed only the last is owed: a
    run renews everybody.
    """
    today = now.astimezone(SAO_PAULO).date()
    day = today if due_at(today, at) <= now else today - timedelta(days=1)
    return day if due_at(day, at) > installed_at else None


def due_at(day: date, at: time) -> datetime:
    """When the run of a business date begins.

    A time that the clocks skip on that day (when summer time began, an hour was) is taken as if they
    had not yet been moved; of one that comes twice, the first counts.
    """
    return datetime.combine(day, at, tzinfo=SAO_PAULO).astimezone(UTC)
