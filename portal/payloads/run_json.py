"""What the API answers about runs: records as JSON values, written as in `answers`."""

from dataclasses import asdict

from django.utils import translation

from orchestrator.records.runs import ListRows, MemberResult, RejectedLine, RunSource, RunStatus
from portal.payloads.dossier_json import Json, value
from portal.presenting import words


def summary(status: RunStatus) -> Json:
    """Where a run stands, in short."""
    return {
        "run_id": status.id,
        "kind": status.kind,
        "state": status.state,
        "business_date": value(status.business_date),
        "parent_id": status.parent_id,
        "retry_ids": list(status.retry_ids),
        "purpose": status.purpose,
        "owner": status.owner,
        "created_at": value(status.created_at),
        "finished_at": value(status.finished_at),
        "paused_at": value(status.paused_at),
        "resume_at": value(status.resume_at),
        "paused_for": list(status.paused_for),
        "waiting_night": value(status.waiting_night),
        "overtaken": status.overtaken,
        "planning": status.planning,
        "total": status.total,
        "done": status.totals.done,
        "totals": asdict(status.totals),
        "per_second": _rounded(status.per_second),
        "seconds_left": _rounded(status.seconds_left),
        "rows": _rows(status.rows) if status.rows else None,
        "erased": status.erased,
        "details_deleted_at": value(status.forgotten_at),
    }


def run_status(status: RunStatus) -> Json:
    """Where a run stands, source by source, and what it changed."""
    return {
        **summary(status),
        "sources": {each.source: _source(each) for each in status.sources},
        "changes": dict(status.changes),
        "most_changed": [{"dossier_id": pk, "rows": rows} for pk, rows in status.most_changed],
        "waiting_again": status.waiting_again,
    }


def member(result: MemberResult) -> Json:
    """What a run did to one dossier."""
    return {
        "dossier_id": result.dossier_id,
        "outcome": result.outcome,
        "line": result.line,
        "restored": result.restored,
        "errors": dict(result.errors),
    }


def rejected(row: RejectedLine, language: str | None) -> Json:
    """A row of a list that is not built, the reason in that language."""
    with translation.override(language):
        return {**asdict(row), "message": words.row_refusal(row)}


def _rows(rows: ListRows) -> Json:
    return {**asdict(rows), "sheet": rows.sheet or None}


def _source(source: RunSource) -> Json:
    return {
        "calls": source.calls,
        "answered": source.answered,
        "errors": dict(source.errors),
        "median_seconds": _rounded(source.median_seconds),
        "lacking": source.lacking,
        "listed": source.listed,
        "list_error_code": source.list_error_code,
        "list_tries": source.list_tries,
        "list_max_tries": source.list_max_tries,
        "list_next_try_at": value(source.list_next_try_at),
        "given_up": source.given_up,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
