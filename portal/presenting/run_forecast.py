"""When a run is likely to end, and how sure that is: by its rate of late and so far, and what is left."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestrator.records.runs import RunStatus
from portal.presenting import formats

_STEADY = 0.7  # of its rate so far at least, and the other way round
_SETTLED = timedelta(seconds=60)
_TO_THE_MINUTE = timedelta(minutes=30)  # what is farther away is told to five minutes


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """When a run is likely to end, in words, and what that stands on."""

    ends: str
    sure: str


def of(status: RunStatus, at: datetime | None = None) -> Forecast | None:
    """The forecast of a run that goes on; None where nothing is known of its rate."""
    if status.seconds_left is None or status.finished:
        return None
    at = at or now()
    return Forecast(ends=_ends(at, timedelta(seconds=status.seconds_left)), sure=_sure(status, at))


def renewal(last: RunStatus | None, people: int) -> str:
    """How long it would take to renew so many people, by how long the last time took; empty where nobody was
    renewed yet."""
    if last is None or last.finished_at is None or not last.totals.done:
        return ""
    seconds = (last.finished_at - last.created_at).total_seconds() * people / last.totals.done
    return formats.long_duration(max(seconds, 1))


def _ends(at: datetime, left: timedelta) -> str:
    step = 60 if left < _TO_THE_MINUTE else 300
    moment = localtime(datetime.fromtimestamp(math.ceil((at + left).timestamp() / step) * step, at.tzinfo))
    if moment.date() == localtime(at).date():
        return _("por volta das %(time)s") % {"time": f"{moment:%H:%M}"}
    return _("por volta de %(time)s") % {"time": formats.instant(moment)}


def _sure(status: RunStatus, at: datetime) -> str:
    if status.planning:
        return _("ainda listando: pode ser bem mais tarde")
    if status.waiting_again:
        return ngettext(
            "sem contar %(n)s CPF que será consultado de novo",
            "sem contar %(n)s CPFs que serão consultados de novo",
            status.waiting_again,
        ) % {"n": formats.number(status.waiting_again)}
    worked = at - status.created_at
    if worked < _SETTLED or not status.per_second:
        return _("primeira estimativa: o ritmo ainda se forma")
    ratio = status.per_second / (max(status.totals.done, 1) / worked.total_seconds())
    if _STEADY <= ratio <= 1 / _STEADY:
        return _("ritmo estável")
    return _("o ritmo varia: pode mudar")
