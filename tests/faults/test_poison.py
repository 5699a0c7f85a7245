"""A person whose data kills whoever reads it: one block is poisoned, and everybody else is served."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.account import account, database
from tests.faults.load import Load, people
from tests.stack import FOR_FAULTS, Analyst, Stack, eventually, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow("a stack of its own, and workers that die twice"),
]
FOLDER = Path(__file__).parent / "poison"
# A run's chunk is halved sooner, and what hangs is not waited for so long.
SOON = {
    "RUN_MOST_LOST": "2",
    "RUN_LEASE_SECONDS": "6",
    "RUN_CALL_SECONDS": "3",
    "RUN_PATIENCE_SECONDS": "2",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("poison")
    with running(folder, {**FOR_FAULTS, **SOON, "PYTHONPATH": str(FOLDER)}) as started:
        yield started


def _add(stack: Stack, cpf: str, name: str = "POISON") -> None:
    customer = {"cpf": cpf, "name": name, "address": "Rua", "debts": []}
    added = stack.session("alpha").post(f"{stack.url('alpha')}/api/customers/", json=customer, timeout=10)
    assert added.status_code == 201, added.text


def test_a_task_that_kills_its_worker_is_poisoned_and_its_pool_mates_end_well(stack: Stack) -> None:
    analyst, cpf = Analyst(stack, stack.session("portal")), people(os.getpid() + 1, 1)[0]
    _add(stack, cpf)
    worker, quarantine = stack.pid("worker-interactive"), stack.pid("worker-quarantine")
    with Load(stack, seed=os.getpid()) as load:
        load.accepted(8)
        poisoned = analyst.follow(analyst.ask(cpf))
        load.accepted(8)
    assert poisoned["state"] == "partial"
    alpha = poisoned["sources"].pop("alpha")
    assert (alpha["state"], alpha["error_code"], alpha["attempts"]) == ("failed", "poisoned", 1)
    assert {source["state"] for source in poisoned["sources"].values()} == {"not_found"}
    innocent = account(stack, load.receipts)
    assert set(innocent.ended) == {"complete"}, innocent
    assert not load.refused
    assert stack.pid("worker-interactive") != worker, "it killed its first worker with all its mates"
    assert stack.pid("worker-quarantine") == quarantine, "and after that only the quarantine's children"
    with database(stack) as cursor:
        cursor.execute("select max(quarantine_claims) from orchestrator_fetch")
        assert cursor.fetchone() == (2,)


@pytest.mark.parametrize("name", ["POISON", "ENDLESS"])
def test_who_kills_or_holds_up_a_run_s_worker_fails_alone(stack: Stack, name: str) -> None:
    cpfs = people(os.getpid() + len(name), 8)
    _add(stack, cpfs[5], name)
    answer = stack.session("portal").post(
        f"{stack.url('portal')}/api/runs/lists/",
        files={"file": ("list.csv", "\n".join(["cpf", *cpfs]).encode())},
        data={"purpose": "account_review"},
        timeout=15,
    )
    run_id, worker = answer.json()["run_id"], stack.pid("worker-batch")
    with database(stack) as cursor:

        def ended() -> tuple[str, dict[str, int]]:
            cursor.execute("select state, totals from orchestrator_run where id = %s", [run_id])
            state, totals = cursor.fetchone()
            return state, totals or {}

        state, totals = eventually(ended, until=lambda told: told[1], seconds=150, every=0.5)
        assert (state, totals["new"], totals["failed"]) == ("partial", 7, 1), totals
        cursor.execute(
            "select deaths, failures -> '0' ->> 'alpha' from orchestrator_chunk"
            " where run_id = %s and failed = 1",
            [run_id],
        )
        assert cursor.fetchall() == [(2, "poisoned")]
    assert stack.pid("worker-batch") == worker, "only its children died"
