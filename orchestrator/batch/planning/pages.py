"""Reading the sources' lists of all CPFs, page by page."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from orchestrator.batch.source_lists import ListProgress
from orchestrator.batch.work import calling
from orchestrator.errors import BadAnswer, BadCredentials, Refused, SourceError

_LISTED_FIRST, _LISTED_AT_ONCE = 1000, 5000  # pages grow, so that work begins soon

log = structlog.get_logger(__name__)


def read(source: str, progress: ListProgress) -> tuple[ListProgress, Sequence[str]]:
    """One page further, and its people. A failure is told in the progress."""
    limit = min(max(_LISTED_FIRST, progress.listed), _LISTED_AT_ONCE)
    called = calling.bulk(source, lambda client: client.cpfs(progress.cursor or "", limit))
    if called.value is None:
        return _failed(source, progress, called.error), ()
    cpfs, cursor = called.value.cpfs, called.value.next_cursor
    if cursor in ("", progress.cursor):
        return _failed(source, progress, BadAnswer("next_cursor does not move on")), cpfs
    return ListProgress(cursor=cursor, listed=progress.listed + len(cpfs)), cpfs


def _failed(source: str, progress: ListProgress, error: SourceError | None) -> ListProgress:
    code = error.code if error else "bad_answer"
    log.warning("run.list_not_read", source=source, error_code=code, reason=str(error))
    tries = progress.tries + (error is None or error.was_called)  # what was not called says nothing
    told = replace(progress, tries=tries, error_code=code, is_hopeless=False)
    if isinstance(error, Refused) and progress.cursor:  # it may be the cursor that it refuses
        return replace(told, cursor="", listed=0)
    return replace(told, is_hopeless=isinstance(error, BadCredentials | Refused))
