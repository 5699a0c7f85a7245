"""Does a look at a run cost the same for 10 chunks and for 10,000? What its page and the list of runs read.

Chunks are made in SQL, with a source failing: each tells of a hundred failures. An earlier year's runs are
there too, so that no table is so small that PostgreSQL would rather read it whole.
"""

from collections.abc import Callable
from typing import Any

from tests.bench.batch_stack import as_owner, forget_everybody, query
from tests.stack import Stack

CHUNKS = (10, 10_000)
_EARLIER_RUNS = 400  # of so many chunks each:
_EARLIER_CHUNKS = 5
_POLLED = _EARLIER_RUNS + 1

Plan = Callable[[Stack, str], dict[str, Any]]  # the nodes of a statement's plan, and the pages it touched

QUERIES = {
    "a run": f"select * from orchestrator_run where id = {_POLLED}",
    "its counts": f"select * from orchestrator_runcounts where run_id = {_POLLED}",
    "who retries it": f"select id from orchestrator_run where parent_id = {_POLLED}",
    "the first of whom it could not renew": (
        "select dossier_ids, failures, saved from orchestrator_chunk"
        f" where run_id = {_POLLED} and not (failures = '{{}}'::jsonb) order by number limit 1"
    ),
    "the list of runs": (
        "select * from orchestrator_run as run"
        "  left join orchestrator_runcounts as counts on counts.run_id = run.id"
        " order by run.id desc limit 25"
    ),
}

_RUNS = """
insert into orchestrator_run
       (kind, state, purpose, owner, created_at, planned_at, listing, walked_to, budgets, row_counts)
select 'list', 'running', 'account_review', 'user:1', now(), now(), '{}', 0, '{}', '{}'
  from generate_series(1, %s)
"""
_CHUNKS = """
insert into orchestrator_chunk
       (run_id, number, state, size, dossier_ids, restored, passes, claims, lost, saved, failures, calls,
        seconds, changes, most_changed, failed, partial, new, changed, unchanged, skipped, cancelled,
        ended_at)
select run, number, 'ended', 1000, ids, '{}', 3, 3, 0, repeat('u', 1000), failures, '[]',
       '{}', '{}', '[]', 0, 100, 0, 0, 900, 0, 0, now()
  from generate_series(%s, %s) as run, generate_series(1, %s) as number,
       (select array_agg(place::bigint) as ids,
               jsonb_object_agg(place::text, '{"capa": "timeout"}'::jsonb)
                    filter (where place < 100) as failures
          from generate_series(0, 999) as place) as same
"""
_COUNTS = """
insert into orchestrator_runcounts
       (run_id, size, failed, partial, new, changed, unchanged, skipped, cancelled, waiting_again,
        sources, changes, most_changed, lately)
select run_id, sum(size), 0, sum(partial), 0, 0, 0, 0, 0, 0,
       '{"capa": {"calls": 1, "answered": 0, "lacking": 1, "errors": {"timeout": 1}, "seconds": {}}}',
       '{}', '[]', '[]'
  from orchestrator_chunk group by run_id
"""


def compared(stack: Stack, plan: Plan) -> dict[str, Any]:
    """By query its plan and pages with few chunks and with many, and the ratio of the pages."""
    few, many = (_seen(stack, plan, chunks) for chunks in CHUNKS)
    return {
        "chunks": CHUNKS,
        "queries": {
            name: {
                "plan": [few[name]["plan"], many[name]["plan"]],
                "pages": [few[name]["pages"], many[name]["pages"]],
                "ratio": round(many[name]["pages"] / few[name]["pages"], 2),
            }
            for name in QUERIES
        },
    }


def _seen(stack: Stack, plan: Plan, chunks: int) -> dict[str, dict[str, Any]]:
    forget_everybody(stack)
    query(stack, _RUNS, _POLLED)
    query(stack, _CHUNKS, 1, _EARLIER_RUNS, _EARLIER_CHUNKS)
    query(stack, _CHUNKS, _POLLED, _POLLED, chunks)
    query(stack, _COUNTS)
    as_owner(stack, "update orchestrator_run set state = 'complete', finished_at = now()", "vacuum analyze")
    return {name: plan(stack, statement) for name, statement in QUERIES.items()}
