"""Instants that somebody types: a day, or an instant by RFC 3339."""

import re
from datetime import UTC, date, datetime, time, timedelta

from django.utils.timezone import get_default_timezone, now
from django.utils.translation import gettext as _

from orchestrator.errors import InvalidInput

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def as_of(text: str, field: str = "as_of") -> datetime:
    """Until when something is to be told. A day is meant to its end in the pages' time zone, today to now.

    Raises InvalidInput: code `invalid`, or `future` for what has not been yet.
    """
    given = text.strip()
    current = now()
    try:
        at = _end_of(date.fromisoformat(given)) if _DAY.fullmatch(given) else _instant(given)
    except (ValueError, OverflowError):
        said = _("Use uma data, como 2026-11-01, ou um instante, como 2026-11-01T12:00:00-03:00.")
        raise InvalidInput(field, "invalid", said) from None
    if at > current and not (_DAY.fullmatch(given) and at - timedelta(days=1) < current):
        raise InvalidInput(field, "future", _("Ainda não chegou."))
    return min(at, current)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, get_default_timezone())


def _instant(given: str) -> datetime:
    if not _INSTANT.fullmatch(given):
        raise ValueError
    return datetime.fromisoformat(given.upper()).astimezone(UTC)
