"""A run under faults, for real: its totals reconcile, and no version is doubled."""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.faults.account import database
from tests.faults.inject import drilled, kill
from tests.stack import FOR_FAULTS, Stack, eventually, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow("a stack of its own, and whole runs on it"),
]

CUSTOMERS = 1000
# Small chunks, so that a run lasts; little patience, so that a test does not.
SMALL = {
    "RUN_CHUNK": "50",
    "RUN_LEASE_SECONDS": "10",
    "RUN_RESEND_SECONDS": "10",
    "RUN_CALL_SECONDS": "4",
    "RUN_PATIENCE_SECONDS": "5",
    "RUN_RETRY_SECONDS": "1",
    "RUN_PAUSE_SECONDS": "1",
    "RUN_PAUSES": "1",
    "RUN_MOST_LOST": "20",
    "BREAKER_OPEN_SECONDS": "1",  # less than that patience, or the next run would meet the last one's fault
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("runs"), {**FOR_FAULTS, **SMALL}, customers=CUSTOMERS) as started:
        yield started


def start(stack: Stack) -> int:
    """Starts a refresh over the API."""
    session = stack.session("portal")
    answer = session.post(f"{stack.url('portal')}/api/runs/", json={"kind": "nightly"}, timeout=15)
    assert answer.status_code == 202, answer.text
    return int(answer.json()["run_id"])


def one(stack: Stack, statement: str, *values: object) -> object:
    """The single value of a query."""
    with database(stack) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def state(stack: Stack, run_id: int) -> object:
    return one(stack, "select state from orchestrator_run where id = %s", run_id)


def done(stack: Stack, run_id: int) -> int:
    """How many dossiers have an outcome."""
    found = one(
        stack,
        "select coalesce(sum(failed + partial + new + changed + unchanged + skipped), 0)"
        "  from orchestrator_chunk where run_id = %s",
        run_id,
    )
    return int(str(found))


def ended(stack: Stack, run_id: int, seconds: float = 240.0) -> dict[str, int]:
    """The totals of a run that has ended, which are those of its chunks and of its dossiers."""
    over = ("complete", "partial", "failed", "cancelled")
    eventually(lambda: state(stack, run_id), until=lambda now: now in over, seconds=seconds, every=0.2)
    totals = one(stack, "select totals from orchestrator_run where id = %s", run_id)
    assert isinstance(totals, dict)
    assert (
        sum(totals.values()) == done(stack, run_id) == one(stack, "select count(*) from orchestrator_dossier")
    )
    assert not one(stack, "select count(*) from orchestrator_chunk where ended_at is null")
    _versions_are_whole(stack)
    return totals


def _versions_are_whole(stack: Stack) -> None:
    """1 to n for every dossier, and none says what the one before it said."""
    gaps = one(
        stack,
        "select count(*) from orchestrator_dossier as dossier where latest_version <>"
        " (select count(*) from orchestrator_snapshot where dossier_id = dossier.id)",
    )
    doubled = one(
        stack,
        "select count(*) from orchestrator_snapshot as one join orchestrator_snapshot as two"
        " on two.dossier_id = one.dossier_id and two.number = one.number + 1"
        " where two.content_hash = one.content_hash",
    )
    assert (gaps, doubled) == (0, 0)


def test_five_kills_of_every_worker_and_of_beat_at_random_moments(stack: Stack) -> None:
    run_id, moments = start(stack), random.Random()
    for number in range(1, 6):
        reached = moments.uniform(number - 1, number) / 5 * CUSTOMERS * 0.9
        eventually(lambda reached=reached: done(stack, run_id) >= reached, seconds=120)  # type: ignore[misc]
        kill("worker-batch", "worker-interactive", "worker-quarantine", "beat")(stack)
    totals = ended(stack, run_id)
    assert state(stack, run_id) == "complete", totals
    assert not totals["failed"] + totals["partial"] + totals["skipped"], totals


def test_a_source_that_is_down_during_the_whole_run_is_carried_and_told(stack: Stack) -> None:
    with drilled(stack, "capa", "errors", share=1.0, seconds=600):
        run_id = start(stack)
        totals = ended(stack, run_id)
    assert state(stack, run_id) == "partial"
    known = one(stack, "select count(*) from orchestrator_dossier where completeness = 'partial'")
    assert totals["partial"] == sum(totals.values()) == known


def test_a_paused_run_survives_a_restart_of_everything(stack: Stack) -> None:
    run_id = start(stack)
    eventually(lambda: done(stack, run_id), until=lambda number: number > 0)
    session, url = stack.session("portal"), f"{stack.url('portal')}/api/runs/{run_id}"
    assert session.post(f"{url}/pause/", timeout=15).status_code == 200
    kill("worker-batch", "sweeper", "beat", "redis", "postgres", "portal")(stack)
    eventually(lambda: _answers(stack), seconds=60)
    assert state(stack, run_id) == "paused"
    before = done(stack, run_id)
    session = stack.session("portal")
    assert session.post(f"{url}/resume/", timeout=15).status_code == 200
    totals = ended(stack, run_id)
    assert before < sum(totals.values())
    assert totals["failed"] == totals["partial"] == 0


def _answers(stack: Stack) -> bool:
    try:
        return stack.session("portal") is not None
    except Exception:
        return False


_NOTICE = """
from ops.service.env import select_settings; select_settings()
import django; django.setup()
from orchestrator.batch.schedule import nightly
print(nightly.start_if_owed())
"""


def test_of_many_processes_that_notice_an_owed_night_one_starts_it(stack: Stack) -> None:
    """Beats and sweepers do no more than this: it is owed since the installation, two days ago."""
    with database(stack) as cursor:
        cursor.execute("update orchestrator_installation set nights_since = now() - interval '2 days'")
        cursor.connection.commit()
    portal = partial(
        stack.run, SERVICE="portal", DJANGO_SETTINGS_MODULE="portal.settings", NIGHTLY_AT="00:00"
    )
    with ThreadPoolExecutor(6) as pool:
        noticed = pool.map(lambda _: portal(sys.executable, "-c", _NOTICE), range(6))
        started = [each.stdout.strip() for each in noticed]
    (run_id,) = (each for each in started if each != "None")
    assert started.count("None") == 5
    assert one(stack, "select count(*) from orchestrator_run where business_date is not null") == 1
    ended(stack, int(run_id))
