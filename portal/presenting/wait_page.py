"""How a request gets on, the calls that it made, and what has come of it meanwhile, laid out for reading."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestrator.records.dossiers import DossierView
from orchestrator.records.requests import AttemptRecord, FetchStatus, RequestStatus
from orchestrator.records.sources import Section, Source
from portal.presenting import declarations, formats, words
from portal.presenting.dossiers import dossier_page
from portal.presenting.dossiers.dossier_page import Cell, SourceStanding
from portal.presenting.words import Sign, Words

FIRST_ROWS = 6  # the dossier has them all, a moment later


@dataclass(frozen=True, kw_only=True)
class AttemptLine:
    """One call. `reason` is technical and in English; `retry_in` is empty where no try was to follow."""

    number: int
    started_at: datetime
    lasted: str
    sign: Sign
    failed: bool
    status_code: int | None
    reason: str
    retry_in: str


@dataclass(frozen=True, kw_only=True)
class FetchLine:
    """One source of a request. `error` is empty where the last of its calls says the same, `since` is
    None once it has ended."""

    key: str
    label: str
    sign: Sign
    attempts: int
    max_attempts: int
    next_attempt_at: datetime | None
    origin: Words
    fetched_at: datetime | None
    error: Words
    since: datetime | None
    elapsed: str
    calls: tuple[AttemptLine, ...]

    @property
    def eventful(self) -> bool:
        """Whether its calls are worth telling one by one: more than one, or one that failed."""
        return len(self.calls) > 1 or any(call.failed for call in self.calls)


@dataclass(frozen=True, kw_only=True)
class RequestProgress:
    """All that a page shows of how a request gets on. `headers` is what the wait page's next poll sends,
    `title` what the tab says of it: never whom it is about, since browsers keep titles."""

    sign: Sign
    purpose: Words
    finished: bool
    waits: str
    lasted: str
    joined: bool
    outcome: Words
    announcement: str
    title: str
    lines: tuple[FetchLine, ...]
    headers: str

    @classmethod
    def of(cls, status: RequestStatus, sources: Iterable[Source], etag: str = "") -> "RequestProgress":
        """The progress that a request's status tells."""
        labels, ended = declarations.labels(sources), status.finished_at
        return cls(
            sign=words.REQUEST_STATES[status.state],
            purpose=words.PURPOSES.get(status.purpose, status.purpose),
            finished=status.finished,
            waits=words.waits(status.waiting) if status.waiting else "",
            lasted=formats.duration((ended - status.requested_at).total_seconds()) if ended else "",
            joined=status.joined,
            outcome=words.OUTCOMES.get(status.outcome or "", ""),
            announcement=_announcement(status),
            title=_title(status),
            lines=tuple(
                _line(fetch, labels.get(fetch.source, fetch.source), status) for fetch in status.sources
            ),
            headers=json.dumps({"If-None-Match": etag}),
        )


def _calls(history: Iterable[AttemptRecord]) -> tuple[AttemptLine, ...]:
    """The calls in the order in which they were made."""
    lines = []
    for record in history:
        wait, code = record.retry_in_seconds, record.error_code
        line = AttemptLine(
            number=record.number,
            started_at=record.started_at,
            lasted=formats.duration(record.seconds),
            sign=Sign(word=words.error(code), icon="bad", tone="warn") if code else words.ANSWERED,
            failed=code is not None,
            status_code=record.status_code,
            reason=record.reason,
            retry_in="" if wait is None else formats.duration(wait),
        )
        lines.append(line)
    return tuple(lines)


def _line(fetch: FetchStatus, label: str, status: RequestStatus) -> FetchLine:
    unfinished = not fetch.finished or (fetch.state == "failed" and not fetch.error_code)
    broken_off = status.state == "cancelled" and unfinished
    is_over = fetch.finished or status.finished
    told = fetch.history[-1].error_code if fetch.history else None
    return FetchLine(
        key=fetch.source,
        label=label,
        sign=words.BROKEN_OFF if broken_off else words.FETCH_STATES[fetch.state],
        attempts=fetch.attempts,
        max_attempts=fetch.max_attempts,
        next_attempt_at=fetch.next_attempt_at if fetch.state == "waiting_retry" and not broken_off else None,
        origin=words.ORIGINS.get(fetch.origin or "", ""),
        fetched_at=fetch.fetched_at,
        error=words.error(fetch.error_code) if fetch.error_code != told else "",
        since=None if is_over else status.requested_at,
        elapsed=_elapsed(fetch, status, is_over=is_over),
        calls=_calls(fetch.history),
    )


def _elapsed(fetch: FetchStatus, status: RequestStatus, *, is_over: bool) -> str:
    """How long a source has been asked by now, or took until its last call ended; empty where none was made
    for this request."""
    if not is_over:
        seconds = max((now() - status.requested_at).total_seconds(), 0)
        return _("há {} s").format(round(seconds))  # as wait.js counts on
    took = (fetch.history[-1].ended_at - status.requested_at).total_seconds() if fetch.history else 0
    return _("em %(time)s") % {"time": formats.duration(took)} if took > 0 else ""


def _title(status: RequestStatus) -> str:
    if status.finished:
        ended = str(words.REQUEST_STATES[status.state].word)
        return _("Consulta encerrada: %(state)s") % {"state": ended}
    done, total = _answered(status)
    return _("%(done)d de %(total)d · Consulta em andamento") % {"done": done, "total": total}


def _answered(status: RequestStatus) -> tuple[int, int]:
    """How many sources have ended, of how many."""
    return sum(fetch.finished for fetch in status.sources), len(status.sources)


def _announcement(status: RequestStatus) -> str:
    """One sentence for a screen reader: said politely whenever it changes."""
    if status.state == "failed":
        return _("A consulta falhou: nenhuma fonte respondeu.")
    if status.state == "cancelled":
        return _("A consulta foi cancelada.")
    done, total = _answered(status)
    return ngettext(
        "%(done)d de %(total)d fonte respondida.", "%(done)d de %(total)d fontes respondidas.", total
    ) % {"done": done, "total": total}


@dataclass(frozen=True, kw_only=True)
class ArrivedSection:
    """A section of a block that has come. `number` is how many rows it has, `more` how many are not among
    `rows`; `never_asked`: the source was not asked for it."""

    key: str
    heading: str
    single: bool
    never_asked: bool
    headings: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    number: int

    @property
    def more(self) -> int:
        """How many rows it has besides those that are shown."""
        return self.number - len(self.rows)


@dataclass(frozen=True, kw_only=True)
class ArrivedBlock:
    """A source's block that has come."""

    key: str
    standing: SourceStanding
    sections: tuple[ArrivedSection, ...]


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """All that has come, in the order in which pages show sources: who it is about, and the blocks."""

    person: tuple[Cell, ...]
    blocks: tuple[ArrivedBlock, ...]

    @classmethod
    def of(cls, view: DossierView, sources: Iterable[Source]) -> "Arrived":
        """The blocks of a view that has no version; what has not come is left out, for it is not lacking."""
        came = [source for source in sources if source.name in view.blocks]
        standings = dossier_page.standings(view, came)
        person = dossier_page.person(view, came)
        return cls(
            person=tuple(person[key] for key in person if view.person.get(key)),
            blocks=tuple(_block(view, source, standings[source.name]) for source in came),
        )


def _block(view: DossierView, source: Source, standing: SourceStanding) -> ArrivedBlock:
    return ArrivedBlock(
        key=source.name,
        standing=standing,
        sections=tuple(_section(view, source, section) for section in source.sections)
        if standing.found
        else (),
    )


def _section(view: DossierView, source: Source, section: Section) -> ArrivedSection:
    columns = declarations.shown_columns(section)
    rows = view.rows(source.name, section.key) or ()
    newest = declarations.newest_first(section, rows)[:FIRST_ROWS]
    return ArrivedSection(
        key=section.key,
        heading=words.of(section.label),
        single=section.single,
        never_asked=view.never_asked(source.name, section.key),
        headings=dossier_page.headings(columns),
        rows=tuple(dossier_page.cells(columns, row) for row in newest),
        number=len(rows),
    )
