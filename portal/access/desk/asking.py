"""What a reader asked for, and their team: on which day it may have been, with whom it is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.timezone import get_current_timezone

from orchestrator import dossiers
from orchestrator.errors import Unreadable
from orchestrator.records.dossiers import Headline
from orchestrator.records.requests import AskLine, WantedAsks
from portal.access import deciding, record
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action
from portal.access.roles import May

A_PAGE = 20
NEEDING_AT_MOST = 8
_LAST_DAY = date.max - timedelta(days=1)  # the one after it is a date too
CLOSED = "closed"  # why a line names nobody: the dossier is open to the reader no more


@dataclass(frozen=True, kw_only=True)
class ListedAsk:
    """An ask, and whom it is about; or `why` that is not told: `closed`, or an Unreadable's code."""

    ask: AskLine
    dossier: Headline | None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which asks are to be seen; what is empty does not matter. Days are São Paulo's, both included."""

    of_team: bool = False
    state: str = ""
    purpose: str = ""
    since: date | None = None
    until: date | None = None
    page: int = 1


def sees_team(reader: Reader) -> bool:
    """Whether a reader oversees what the team asked for, as a supervisor does."""
    return bool(reader.team) and reader.may(May.READ_OLDER)


def asks(reader: Reader, chosen: Chosen) -> tuple[tuple[ListedAsk, ...], bool]:
    """A page of the reader's asks, or of the team's for who oversees it, the newest first, and whether there
    are older ones. Raises PermissionDenied."""
    deciding.require(reader, May.ASK)
    found = dossiers.list_asks(
        WantedAsks(
            owner=reader.owner,
            team=reader.team,
            of_team=chosen.of_team and sees_team(reader),
            state=chosen.state,
            purpose=chosen.purpose,
            since=_midnight(chosen.since) if chosen.since else None,
            until=_midnight(min(chosen.until, _LAST_DAY) + timedelta(days=1)) if chosen.until else None,
            skip=(chosen.page - 1) * A_PAGE,
            at_most=A_PAGE + 1,
        )
    )
    return _told(reader, found[:A_PAGE]), len(found) > A_PAGE


def needing(reader: Reader) -> tuple[ListedAsk, ...]:
    """The reader's own asks of the last days that ended without every source's answer, and were not mended
    since; only those whose dossiers they may still see. Raises PermissionDenied."""
    deciding.require(reader, May.ASK)
    found = dossiers.asks_in_need(owner=reader.owner, team=reader.team, at_most=NEEDING_AT_MOST)
    return tuple(line for line in _told(reader, found) if line.dossier)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, get_current_timezone())


def _told(reader: Reader, asks: Sequence[AskLine]) -> tuple[ListedAsk, ...]:
    """Each ask is the reader's; whom it is about is decided by the dossier's own rule, and recorded."""
    dossier_ids = sorted({ask.dossier_id for ask in asks})
    grants = deciding.many(reader, dossier_ids) if reader.may(May.READ) else {}
    told = dossiers.headlines(list(grants))
    record.add(reader, *_entries(grants, told))
    return tuple(_line(ask, told.get(ask.dossier_id)) for ask in asks)


def _entries(
    grants: dict[int, deciding.Grant], told: dict[int, Headline | Unreadable]
) -> Iterable[AccessEntry]:
    for dossier_id, headline in told.items():
        if isinstance(headline, Headline):
            yield grants[dossier_id].entry(Action.HEADLINE, version=headline.version, amount=1)


def _line(ask: AskLine, told: Headline | Unreadable | None) -> ListedAsk:
    if isinstance(told, Unreadable):
        return ListedAsk(ask=ask, dossier=None, why=told.code)
    return ListedAsk(ask=ask, dossier=told, why="" if told else CLOSED)
