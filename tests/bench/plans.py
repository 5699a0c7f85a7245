"""Does the hundred-millionth version cost what the first did? The plan of each query at two sizes.

Versions are made in SQL, ten times as many the second time, without content: a plan does not read it.
Of each query: the nodes of its plan, and the pages that it touched.
"""

from typing import Any

from tests.bench import polling_runs, retention
from tests.bench.batch_stack import as_owner, forget_everybody, plan_of, query, stack_with
from tests.stack import Stack

DOSSIERS = 20_000
VERSIONS = (5, 50)  # of each dossier: 100,000 and 1,000,000 in all

QUERIES = {
    "a version": (
        "select content_sealed from orchestrator_snapshot where dossier_id = 777 and number = {latest}"
    ),
    "a history": (
        "select number, completeness, created_at from orchestrator_snapshot"
        " where dossier_id = 777 order by number desc limit 10"
    ),
    "a dossier by its CPF": "select id from orchestrator_dossier where cpf_lookup = '\\x00000309'",
    "the standing content of a chunk": (
        "select version.content_hash from generate_series(1001, 2000) as latest (id)"
        "  join orchestrator_snapshot as version"
        "    on version.dossier_id = latest.id and version.number = {latest}"
    ),
    "saving a version": (
        "insert into orchestrator_snapshot"
        " (dossier_id, number, content_sealed, content_hash, completeness, provenance, created_at)"
        " select 777, max(number) + 1, '', '', 'complete', '{{}}', now()"
        "   from orchestrator_snapshot where dossier_id = 777"
    ),
    "renewing the dossiers of a chunk": (
        "update orchestrator_dossier set checked_at = now() where id between 1001 and 2000"
    ),
    "the next dossiers of a run": (
        "select id, cpf_sealed, data_key, cpf_lookup from orchestrator_dossier"
        " where id > 10000 order by id limit 5000"
    ),
}


def run() -> dict[str, Any]:
    """By query its plan and pages at both sizes, and the ratio of the pages; so too for polls of runs, and
    for what retention deletes."""
    with stack_with(0) as stack:
        seen = {versions: _plans(stack, versions) for versions in VERSIONS}
        polled = polling_runs.compared(stack, _plan)
        forgetting = retention.run(stack)
    few, many = (seen[versions] for versions in VERSIONS)
    return {
        "versions": [DOSSIERS * versions for versions in VERSIONS],
        "queries": {
            name: {
                "plan": [few[name]["plan"], many[name]["plan"]],
                "pages": [few[name]["pages"], many[name]["pages"]],
                "ratio": round(many[name]["pages"] / few[name]["pages"], 2),
            }
            for name in QUERIES
        },
        "polling runs": polled,
        "retention": forgetting,
    }


def _plans(stack: Stack, versions: int) -> dict[str, dict[str, Any]]:
    forget_everybody(stack)
    query(
        stack,
        "insert into orchestrator_dossier (cpf_lookup, cpf_sealed, data_key, latest_version, completeness,"
        "  provenance, created_at)"
        " select decode(lpad(to_hex(n), 8, '0'), 'hex'), '', '', %s, 'complete', '{}', now()"
        "  from generate_series(1, %s) as n",
        versions,
        DOSSIERS,
    )
    query(
        stack,
        "insert into orchestrator_snapshot (dossier_id, number, content_sealed, content_hash, completeness,"
        "  provenance, created_at)"
        " select dossier, number, '', decode(md5(number::text), 'hex'), 'complete', '{}',"
        "  now() - interval '1 day' * (%s - number)"
        "  from generate_series(1, %s) as number, generate_series(1, %s) as dossier",
        versions,
        versions,
        DOSSIERS,
    )
    as_owner(stack, "vacuum analyze")
    return {name: _plan(stack, text.format(latest=versions)) for name, text in QUERIES.items()}


def _plan(stack: Stack, statement: str) -> dict[str, Any]:
    """Explained twice: the first time also reads what a plan needs of the catalogue."""
    for _ in range(2):
        ((told,),) = query(stack, f"explain (analyze, buffers, format json) {statement}")
    plan, pages = plan_of(told)
    return {"plan": plan, "pages": pages}
