"""What a step of retention costs where it has something to delete, at one and at ten million versions.

Versions are made in SQL over ten years, without content, a fifth of them pinned; half are old enough. Of
the steps at the beginning, and of others later in the walk: their plan, and the pages that each touched.
`python -m tests.bench.retention`, within a stack's environment, walks as the worker does.
"""

import json
import sys
import time
from typing import Any

import django

from ops.service.env import select_settings
from tests.bench.batch_stack import as_owner, forget_everybody, plan_of, query
from tests.stack import Stack

DOSSIERS = 20_000
VERSIONS = (50, 500)  # of each dossier: 1,000,000 and 10,000,000 in all
STEPS = 20


def run(stack: Stack) -> dict[str, Any]:
    """By number of versions the plan of a step, and the pages and milliseconds of the first steps."""
    seen = {DOSSIERS * versions: _walked(stack, versions) for versions in VERSIONS}
    few, many = seen.values()
    return {
        "plans_are_the_same": few["plan"] == many["plan"],
        "pages_ratio": round(max(many["pages"]) / max(few["pages"]), 2),
        "by_versions": seen,
    }


def _walked(stack: Stack, versions: int) -> dict[str, Any]:
    _make(stack, versions)
    done = stack.run(sys.executable, "-m", "tests.bench.retention", seconds=600, SERVICE="portal")
    assert done.returncode == 0, done.stderr[-2000:]
    walked: dict[str, Any] = json.loads(done.stdout)
    return walked


def _make(stack: Stack, versions: int) -> None:
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
    _without_checking_each_row(stack)
    query(
        stack,
        "insert into orchestrator_snapshot (dossier_id, number, content_sealed, content_hash, completeness,"
        "  provenance, created_at, pinned)"
        " select dossier, number, '', '', 'complete', '{}',"
        "  now() - interval '10 years' * (1 - number::float8 / %s), dossier %% 5 = 0"
        "  from generate_series(1, %s) as number, generate_series(1, %s) as dossier",
        versions,
        versions,
        DOSSIERS,
    )
    as_owner(stack, "vacuum analyze")


def _without_checking_each_row(stack: Stack) -> None:
    """Ten million looks whether the dossier exists would take longer than all the rest."""
    constraints = query(
        stack,
        "select conname from pg_constraint"
        " where contype = 'f' and conrelid = 'orchestrator_snapshot'::regclass",
    )
    for (name,) in constraints:
        as_owner(stack, f'alter table orchestrator_snapshot drop constraint "{name}"')


def main() -> None:
    """Walks some steps, looks at the plan of each, and prints one JSON object."""
    from django.db import connection

    from orchestrator.upkeep import retention

    plans, pages, milliseconds, deleted = set(), [], [], 0
    position = retention.BEGINNING
    with connection.cursor() as cursor:
        for _ in range(STEPS):
            values = retention.step_from(position)
            cursor.execute(f"explain (analyze, buffers, format json) {retention.OLD_VERSIONS}", values)
            plan, touched = plan_of(cursor.fetchone()[0])
            plans.add(plan)
            pages.append(touched)
            began = time.perf_counter()
            cursor.execute(retention.OLD_VERSIONS, values)
            milliseconds.append(round((time.perf_counter() - began) * 1000, 1))
            (number, *position) = cursor.fetchone()
            deleted += number
    (plan,) = plans
    print(json.dumps({"plan": plan, "pages": pages, "milliseconds": milliseconds, "deleted": deleted}))


if __name__ == "__main__":
    select_settings()
    django.setup()
    main()
