"""How the sources did during a run, laid out for reading."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orchestrator.records.runs import RunSource, RunStatus
from portal.presenting import formats, words
from portal.presenting.words import Words


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """How a source did during a run; what is not known is empty. `warnings` are worth a badge each."""

    key: str
    label: str
    calls: int
    answered: int
    median: str
    errors: tuple[tuple[Words, int], ...]
    lacking: int
    listed: int | None
    warnings: tuple[str, ...]


def source_lines(status: RunStatus, labels: Mapping[str, str]) -> tuple[SourceLine, ...]:
    """A line a source, each under its label; none where their calls were not counted yet when the details
    were deleted."""
    is_known = not status.forgotten_at or any(each.calls for each in status.sources)
    return tuple(_source(each, labels, status.planning) for each in status.sources) if is_known else ()


def _source(source: RunSource, labels: Mapping[str, str], planning: bool) -> SourceLine:
    return SourceLine(
        key=source.source,
        label=labels.get(source.source, source.source),
        calls=source.calls,
        answered=source.answered,
        median="" if source.median_seconds is None else formats.duration(source.median_seconds),
        errors=tuple((words.error(code), number) for code, number in source.errors.items()),
        lacking=source.lacking,
        listed=source.listed,
        warnings=tuple(_warnings(source, planning)),
    )


def _warnings(source: RunSource, planning: bool) -> Iterator[str]:
    if source.given_up:
        yield _("seguiu sem esta fonte")
    if source.list_error_code:
        yield _list_not_read(source, planning) % {
            "reason": words.error(source.list_error_code),
            "try": source.list_tries,
            "most": source.list_max_tries,
            "time": formats.clock(source.list_next_try_at) if source.list_next_try_at else "",
        }


def _list_not_read(source: RunSource, planning: bool) -> str:
    if source.list_next_try_at:
        return _("lista não lida: %(reason)s; tentativa %(try)s de %(most)s, a próxima às %(time)s")
    if planning and source.list_tries < source.list_max_tries:
        return _("lista não lida: %(reason)s; tentativa %(try)s de %(most)s")
    return _("lista não lida até o fim: %(reason)s")
