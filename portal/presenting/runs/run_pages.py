"""Runs over many dossiers, laid out for reading: a line each in the list, and one with all that it tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from orchestrator.records.runs import MemberResult, RejectedLine, RunStatus, Totals
from orchestrator.records.sources import Source
from portal.presenting import declarations, formats, refusals, words
from portal.presenting.runs import run_details
from portal.presenting.runs.run_details import Forecast, SourceLine, source_lines
from portal.presenting.words import Sign, Words

SHOWN_AT_MOST = 100  # failed dossiers, rejected lines: the download has them all
_UNREADABLE = ("erased", "unknown_key", "unreadable")  # why no source was asked about somebody
TENTH = 10  # how finely progress is told aloud, in per cent


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """How many dossiers of a run have an outcome, of those known so far."""

    done: int
    total: int
    share: str
    planning: bool


@dataclass(frozen=True, kw_only=True)
class OutcomeCount:
    """How many dossiers ended in one way."""

    key: str
    sign: Sign
    explanation: Words
    number: int
    share: str


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """A run in the list. Of its outcomes only those that there are. `file` is what its list was called, for
    who may be told; `refused` says how many of its rows were not taken, whatever the state says."""

    id: int
    title: str
    sign: Sign
    created_at: datetime
    lasted: str
    owner: str
    progress: RunProgress
    outcomes: tuple[OutcomeCount, ...]
    finished: bool
    note: str  # what holds it up, and what it holds up
    file: str
    refused: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A section, or what else moved, and in how many dossiers."""

    source: str
    label: Words
    dossiers: int


@dataclass(frozen=True, kw_only=True)
class Lacking:
    """A dossier that still lacks some source's answer, and why by source."""

    dossier_id: int | None
    line: int | None
    sign: Sign
    reasons: tuple[tuple[str, Words], ...]


@dataclass(frozen=True, kw_only=True)
class RejectedRows:
    """A row of a list that is not built."""

    line: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that moves on a run's page. `remaining` are those to whom it has not come, or never came."""

    sign: Sign
    finished: bool
    notes: tuple[str, ...]
    refused: str
    summary: str
    progress: RunProgress
    rate: str
    left: str
    forecast: Forecast | None
    outcomes: tuple[OutcomeCount, ...]
    remaining: int
    sources: tuple[SourceLine, ...]
    lists_sources: bool
    changes: tuple[Change, ...]
    most_changed: tuple[tuple[int, int], ...]
    lacking: tuple[Lacking, ...]
    lacking_number: int
    from_list: bool
    announcement: str

    @classmethod
    def of(cls, status: RunStatus, lacking: Iterable[MemberResult], sources: Iterable[Source]) -> "Report":
        """What a run's status tells, in words; `lacking` are the first of those that lack something."""
        known = {source.name: source for source in sources}
        labels = declarations.labels(known.values())
        progress = _progress(status)
        moves = status.state == "running" and progress.done < progress.total
        members = tuple(lacking)
        return cls(
            sign=words.RUN_STATES[status.state],
            finished=status.finished,
            notes=tuple(run_details.of(status, labels)),
            refused=run_details.refused(status),
            summary=run_details.summary(status),
            progress=progress,
            rate=formats.rate(status.per_second) if status.per_second and status.state != "paused" else "",
            left=_left(status.seconds_left) if moves and status.seconds_left is not None else "",
            forecast=run_details.forecast(status) if moves else None,
            outcomes=tuple(each for each in _outcomes(status.totals) if each.key != "cancelled"),
            remaining=max(progress.total - progress.done, 0),
            sources=source_lines(status, labels),
            lists_sources=any(each.listed is not None for each in status.sources),
            changes=tuple(_change(key, number, known) for key, number in status.changes.items()),
            most_changed=status.most_changed,
            lacking=tuple(_lacking(member, labels) for member in members),
            lacking_number=status.totals.lacking,
            from_list=any(member.line is not None for member in members),
            announcement=_announcement(status, progress),
        )


def title(status: RunStatus) -> str:
    """What a run is, in a few words."""
    if status.kind == "list":
        return _("Lista de CPFs")
    if status.kind == "retry":
        return _("Nova tentativa do que falhou")
    if status.business_date is None:
        return _("Atualização de todos")
    return _("Noturna de %(day)s") % {"day": formats.day(status.business_date)}


def lines(
    runs: Iterable[RunStatus], owners: Mapping[str, str], files: Mapping[int, str] | None = None
) -> tuple[RunLine, ...]:
    """A line for each run; `owners` tells them by name, `files` what a run's list was called."""
    return tuple(
        RunLine(
            id=run.id,
            title=title(run),
            sign=words.RUN_STATES[run.state],
            created_at=run.created_at,
            lasted=lasted(run),
            owner=owners.get(run.owner, run.owner),
            progress=_progress(run),
            outcomes=tuple(outcome for outcome in _outcomes(run.totals) if outcome.number),
            finished=run.finished,
            note=" ".join(run_details.standstill(run)),
            file=(files or {}).get(run.id, ""),
            refused=run_details.refused(run),
        )
        for run in runs
    )


def lasted(status: RunStatus) -> str:
    """How long a run took; empty while it goes on."""
    if status.finished_at is None:
        return ""
    seconds = (status.finished_at - status.created_at).total_seconds()
    return formats.duration(seconds) if seconds < 60 else formats.long_duration(seconds)


def rejected(rows: Iterable[RejectedLine]) -> tuple[RejectedRows, ...]:
    """Rows of a list that are not built, with reasons in words."""
    return tuple(RejectedRows(line=row.line, reason=refusals.row_refusal(row)) for row in rows)


def _progress(status: RunStatus) -> RunProgress:
    done = status.totals.done
    return RunProgress(
        done=done, total=status.total, share=formats.share(done, status.total), planning=status.planning
    )


def _outcomes(totals: Totals) -> tuple[OutcomeCount, ...]:
    return tuple(
        OutcomeCount(
            key=key,
            sign=words.RUN_OUTCOMES[key],
            explanation=words.RUN_OUTCOME_EXPLANATIONS[key],
            number=number,
            share=formats.share(number, totals.done) if number else "",
        )
        for key, number in vars(totals).items()
    )


def _left(seconds: float) -> str:
    if seconds < 60:
        return _("menos de um minuto")
    return _("cerca de %(time)s") % {"time": formats.long_duration(seconds)}


def _change(key: str, number: int, known: Mapping[str, Source]) -> Change:
    """`key` is "source.section", or "person" or "presence" in place of the section."""
    name, _dot, part = key.partition(".")
    source = declarations.source_of(known, name)
    if part == "person":
        label: Words = _("Dados pessoais")
    elif part == "presence":
        label = _("Pessoa na fonte")
    else:
        label = words.of(declarations.section_of(source, part, ()).label)
    return Change(source=words.of(source.label), label=label, dossiers=number)


def _lacking(member: MemberResult, labels: Mapping[str, str]) -> Lacking:
    reasons = [(labels.get(name, name), words.error(code)) for name, code in member.errors.items()]
    if unreadable := sorted({code for code in member.errors.values() if code in _UNREADABLE}):
        reasons = [("", words.error(unreadable[0]))]  # no source's fault, and told once
    return Lacking(
        dossier_id=member.dossier_id,
        line=member.line,
        sign=words.REQUEST_STATES[member.outcome],
        reasons=tuple(reasons),
    )


def _announcement(status: RunStatus, progress: RunProgress) -> str:
    """A sentence for a screen reader: it moves with the state, and with each tenth."""
    word = words.RUN_STATES[status.state].word
    if status.finished or not progress.total:
        return f"{word}."
    tenths = progress.done * 100 // progress.total // TENTH * TENTH
    return _("%(state)s: %(share)d %% feitos.") % {"state": word, "share": tenths}
