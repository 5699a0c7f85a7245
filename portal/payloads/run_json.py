"""What the API answers about runs: records as JSON values, written as in `dossier_json`."""

from dataclasses import asdict

from django.utils import translation

from orchestrator.records.runs import MemberResult, RejectedLine, RunStatus
from portal.payloads.dossier_json import Json, rounded, value
from portal.presenting import refusals


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
        "per_second": rounded(status.per_second),
        "seconds_left": rounded(status.seconds_left),
        "rows": {**asdict(status.rows), "sheet": status.rows.sheet or None} if status.rows else None,
        "erased": status.erased,
        "details_deleted_at": value(status.forgotten_at),
    }


def run_status(status: RunStatus, file_name: str | None = None) -> Json:
    """Where a run stands, source by source, and what it changed; the file's name to whom it may be told."""
    sources = {
        source.source: {
            "calls": source.calls,
            "answered": source.answered,
            "errors": dict(source.errors),
            "median_seconds": rounded(source.median_seconds),
            "lacking": source.lacking,
            "listed": source.listed,
            "list_error_code": source.list_error_code,
            "list_tries": source.list_tries,
            "list_max_tries": source.list_max_tries,
            "list_next_try_at": value(source.list_next_try_at),
            "given_up": source.given_up,
        }
        for source in status.sources
    }
    return {
        **summary(status),
        "file_name": file_name,
        "sources": sources,
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
        return {**asdict(row), "message": refusals.row_refusal(row)}
