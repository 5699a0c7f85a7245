"""Reading the sources' lists of all CPFs, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog

from orchestrator.batch.work import calling
from orchestrator.clients import registry
from orchestrator.errors import BadAnswer, BadCredentials, Refused, SourceError

_LISTED_FIRST, _LISTED_AT_ONCE = 1000, 5000  # pages grow, so that work begins soon
MOST_TRIES = 5  # in a row, before a run goes on without the rest of a list

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a source's list was read. `cursor` is "" before its start and None after its end.

    `tries` counts the failures in a row, `error_code` tells the last one, and `is_hopeless` whether no
    waiting heals it. `next_try_at` is an instant in ISO 8601, None while nobody waits.
    """

    cursor: str | None = ""
    listed: int = 0
    tries: int = 0
    error_code: str | None = None
    is_hopeless: bool = False
    next_try_at: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is read no further: to its end, or too often in vain."""
        return self.cursor is None or self.tries >= MOST_TRIES

    @property
    def is_lacking(self) -> bool:
        """Whether people may be missing that the source knows."""
        return self.cursor is not None


def are_over(lists: Mapping[str, Progress]) -> bool:
    """Whether no list is read any further; also where every source says what no waiting heals."""
    return all(each.is_over for each in lists.values()) or all(each.is_hopeless for each in lists.values())


def waiting(lists: Mapping[str, Progress], until: datetime | None) -> dict[str, Progress]:
    """The same, those that are tried again then; None: they are tried now."""
    at = until.astimezone(UTC).isoformat() if until else None
    return {source: each if each.is_over else replace(each, next_try_at=at) for source, each in lists.items()}


def of(stored: dict[str, Any]) -> dict[str, Progress]:
    """By source, in the registry's order, from a run's row."""
    return {source.name: Progress(**stored.get(source.name, {})) for source in registry.SOURCES}


def stored(progress: dict[str, Progress]) -> dict[str, Any]:
    """The form in a run's row."""
    return {source: asdict(each) for source, each in progress.items()}


def read_page(source: str, progress: Progress) -> tuple[Progress, Sequence[str]]:
    """One page further, and its people. A failure is told in the progress."""
    limit = min(max(_LISTED_FIRST, progress.listed), _LISTED_AT_ONCE)
    called = calling.bulk(source, lambda client: client.cpfs(progress.cursor or "", limit))
    if called.value is None:
        return _failed(source, progress, called.error), ()
    cpfs, cursor = called.value.cpfs, called.value.next_cursor
    if cursor in ("", progress.cursor):
        return _failed(source, progress, BadAnswer("next_cursor does not move on")), cpfs
    return Progress(cursor=cursor, listed=progress.listed + len(cpfs)), cpfs


def _failed(source: str, progress: Progress, error: SourceError | None) -> Progress:
    code = error.code if error else "bad_answer"
    log.warning("run.list_not_read", source=source, error_code=code, reason=str(error))
    tries = progress.tries + (error is None or error.was_called)  # what was not called says nothing
    told = replace(progress, tries=tries, error_code=code, is_hopeless=False)
    if isinstance(error, Refused) and progress.cursor:  # it may be the cursor that it refuses
        return replace(told, cursor="", listed=0)
    return replace(told, is_hopeless=isinstance(error, BadCredentials | Refused))
