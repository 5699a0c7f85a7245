"""Reading the sources' lists of all CPFs, page by page."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import structlog

from orchestrator.batch import calling
from orchestrator.clients import registry
from orchestrator.errors import BadAnswer, Refused, SourceError

_LISTED_FIRST, _LISTED_AT_ONCE = 1000, 5000  # pages grow, so that work begins soon
_MOST_TRIES = 5  # in a row, before a run goes on without the rest of a list

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a source's list was read. `cursor` is "" before its start and None after its end.

    `tries` counts the failures in a row, and `error_code` tells the last one.
    """

    cursor: str | None = ""
    listed: int = 0
    tries: int = 0
    error_code: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is read no further: to its end, or too often in vain."""
        return self.cursor is None or self.tries >= _MOST_TRIES

    @property
    def is_lacking(self) -> bool:
        """Whether people may be missing that the source knows."""
        return self.cursor is not None


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
    cursor = "" if isinstance(error, Refused) else progress.cursor  # it may be the cursor that it refuses
    return replace(progress, cursor=cursor, tries=progress.tries + 1, error_code=code)
