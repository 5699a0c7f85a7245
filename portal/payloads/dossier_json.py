"""What the API answers: records as JSON values. The keys are the contract's.

Money is a string with two places, a date ISO 8601, an instant ISO 8601 in UTC with Z. A section
is `null` where nothing is known (the source failed and was never known, or was not yet asked for
it), and an empty list where the source has nothing. A single section (`last_purchase`) has no empty
list to give: it is `null` in both cases, and the source's `presence` in `blocks` tells which
(`missing`: not known). A column that the source was not yet asked for is `null` too.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from orchestrator.records.conditions import Latency, SourceHealth
from orchestrator.records.decisions import Decided
from orchestrator.records.dossiers import Diff, DossierView, VersionSummary
from orchestrator.records.requests import FetchStatus, RequestStatus
from orchestrator.records.sources import Row, Section, Source, Value
from portal.presenting import declarations, formats

Json = dict[str, Any]


def value(given: Value) -> str | int | None:
    """One value as JSON."""
    if isinstance(given, Decimal):
        return f"{given:.2f}"
    if isinstance(given, datetime):
        return formats.utc(given)
    return given.isoformat() if isinstance(given, date) else given


def row(given: Row) -> Json:
    """One row as JSON."""
    return {key: value(item) for key, item in given.items()}


def rounded(number: float | None) -> float | None:
    """A number to the thousandth."""
    return None if number is None else round(number, 3)


def request_status(status: RequestStatus) -> Json:
    """Where a request stands."""
    waiting = status.waiting and {
        "ahead": status.waiting.ahead,
        "expected_seconds": status.waiting.expected_seconds,
        "until": value(status.waiting.until),
    }
    return {
        "request_id": str(status.request_id),
        "dossier_id": status.dossier_id,
        "purpose": str(status.purpose),
        "fresh": status.fresh,
        "state": status.state,
        "outcome": status.outcome,
        "snapshot_version": status.snapshot_version,
        "requested_at": value(status.requested_at),
        "deadline_at": value(status.deadline_at),
        "finished_at": value(status.finished_at),
        "waiting": waiting,
        "sources": {fetch.source: _fetch(fetch) for fetch in status.sources},
    }


def source_health(health: SourceHealth) -> Json:
    """How a source did, and whether it is called just now."""
    return {
        "source": health.source,
        "hours": health.hours,
        "calls": health.calls,
        "answered": health.answered,
        "errors": dict(health.errors),
        "latency": _latency(health.latency),
        "bulk": {
            "calls": health.bulk.calls,
            "answered": health.bulk.answered,
            "latency": _latency(health.bulk.latency),
        },
        "last_answer_at": value(health.last_answer_at),
        "last_error_at": value(health.last_error_at),
        "circuit": str(health.gate.circuit),
        "paused_seconds": rounded(health.gate.paused_seconds),
        "degraded": health.is_degraded,
        "timeline": [
            {"began_at": value(part.began_at), "answered": part.answered, "failed": part.failed}
            for part in health.slices
        ],
    }


def _latency(latency: Latency) -> Json:
    """In milliseconds."""
    seconds = {"p50_ms": latency.p50, "p95_ms": latency.p95, "p99_ms": latency.p99}
    return {key: None if each is None else round(each * 1000, 1) for key, each in seconds.items()}


def dossier(view: DossierView, sources: Iterable[Source]) -> Json:
    """A dossier at a version: the person, one key per declared section, and where it comes from."""
    sources = tuple(sources)
    sections: Json = {}
    totals: Json = {}
    for source in sources:
        for section in source.sections:
            rows = view.rows(source.name, section.key)
            sections[section.key] = None if rows is None else _section(section, rows)
            if section.total:
                totals[section.key] = None if rows is None else _total(section, rows)
    blocks = {
        name: {
            "presence": str(block.presence),
            "origin": view.provenance[name].origin,
            "fetched_at": value(view.provenance[name].fetched_at),
            "attempts": view.provenance[name].attempts,
            "error_code": view.provenance[name].error_code,
        }
        for name, block in view.blocks.items()
    }
    return {
        "id": view.id,
        "cpf": view.cpf,
        **{key: value(view.person.get(key)) for key in declarations.person_columns(sources)},
        **sections,
        "totals": totals,
        "version": view.version,
        "latest_version": view.latest_version,
        "completeness": view.completeness,
        "created_at": value(view.created_at),
        "checked_at": value(view.checked_at),
        "blocks": blocks,
        "contested": [
            {"what": each.what, "since": value(each.since), "resolved_at": value(each.resolved_at)}
            for each in view.contested
        ],
        "divergences": [{"field": found.field, "values": row(found.values)} for found in view.divergences],
    }


def _section(section: Section, rows: Iterable[Row]) -> list[Json] | Json | None:
    """All rows, or the one of a single section; a column that was not asked for is null."""
    unasked = {column.key: None for column in section.columns}
    found = [unasked | row(item) for item in rows]
    return found if not section.single else found[0] if found else None


def _total(section: Section, rows: Iterable[Row]) -> Json | str:
    totals = {word: f"{amount:.2f}" for word, amount in section.totals(rows).items()}
    return totals if section.totalled_by else totals[""]


def version(summary: VersionSummary) -> Json:
    """One line of the history."""
    return {
        "version": summary.number,
        "completeness": summary.completeness,
        "created_at": value(summary.created_at),
        "pinned": summary.pinned,
        "decisions": summary.decisions,
    }


def decision(told: Decided) -> Json:
    """A decision or a note."""
    return {
        "id": told.id,
        "version": told.version,
        "kind": str(told.kind),
        "text": told.text,
        "by": told.owner,
        "at": value(told.at),
    }


def diff(changes: Diff) -> Json:
    """What changed; a section that cannot be compared says so and lists nothing."""
    return {
        "from": changes.from_version,
        "to": changes.to_version,
        "presence": [
            {"source": moved.source, "before": str(moved.before), "after": str(moved.after)}
            for moved in changes.presence
        ],
        "person": [
            {
                "source": moved.source,
                "field": moved.field,
                "before": value(moved.before),
                "after": value(moved.after),
            }
            for moved in changes.person
        ],
        "sections": [
            {
                "source": moved.source,
                "section": moved.section,
                "comparable": moved.comparable,
                "added": [row(item) for item in moved.added],
                "removed": [row(item) for item in moved.removed],
                "changed": [{"before": row(then), "after": row(now)} for then, now in moved.changed],
                "never_asked": moved.never_asked,
            }
            for moved in changes.sections
        ],
        "totals": {
            total.section: {
                "before": _moved_total(total.before),
                "after": _moved_total(total.after),
            }
            for total in changes.totals
        },
    }


def _moved_total(totals: Mapping[str, Decimal] | None) -> Json | str | None:
    """As the dossier tells it: by word, or one amount; null where nothing is known."""
    if totals is None:
        return None
    amounts = {word: f"{amount:.2f}" for word, amount in totals.items()}
    return amounts[""] if set(amounts) == {""} else amounts


def _fetch(fetch: FetchStatus) -> Json:
    history = [
        {
            "number": attempt.number,
            "started_at": value(attempt.started_at),
            "ended_at": value(attempt.ended_at),
            "seconds": round(attempt.seconds, 3),
            "error_code": attempt.error_code,
            "status_code": attempt.status_code,
            "reason": attempt.reason,
            "retry_in_seconds": rounded(attempt.retry_in_seconds),
        }
        for attempt in fetch.history
    ]
    return {
        "state": fetch.state,
        "attempts": fetch.attempts,
        "max_attempts": fetch.max_attempts,
        "next_attempt_at": value(fetch.next_attempt_at),
        "origin": fetch.origin,
        "fetched_at": value(fetch.fetched_at),
        "error_code": fetch.error_code,
        "history": history,
    }
