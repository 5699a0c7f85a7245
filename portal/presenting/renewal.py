"""When everybody was last renewed, and what renews people just now, laid out for reading."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orchestrator.records.runs import RunStatus
from portal.presenting import formats, run_pages
from portal.presenting.run_pages import Line


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """The last run that renewed everybody, a later one that did not, and the runs under way."""

    run_id: int | None
    at: datetime | None
    age: str
    later: Line | None
    under_way: tuple[Line, ...]

    @classmethod
    def of(
        cls, complete: RunStatus | None, last_night: RunStatus | None, under_way: Iterable[RunStatus]
    ) -> "Renewal":
        """By the last complete run over everybody, the last one that has ended, and those under way."""
        at = complete.finished_at if complete else None
        is_later = last_night and (complete is None or last_night.id > complete.id)
        return cls(
            run_id=complete.id if complete else None,
            at=at,
            age=formats.age(at) if at else "",
            later=run_pages.lines([last_night], {})[0] if last_night and is_later else None,
            under_way=run_pages.lines(under_way, {}),
        )
