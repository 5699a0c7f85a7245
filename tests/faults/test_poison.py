"""A person whose data kills whoever reads it: one block is poisoned, and everybody else is served."""

import os
from pathlib import Path

import pytest

from tests.faults.account import account, database
from tests.faults.load import Load, people
from tests.stack import FOR_FAULTS, Analyst, Stack, running

pytestmark = pytest.mark.e2e
FOLDER = Path(__file__).parent / "poison"


def _add(stack: Stack, cpf: str) -> None:
    customer = {"cpf": cpf, "name": "POISON", "address": "Rua", "debts": []}
    added = stack.session("alpha").post(f"{stack.url('alpha')}/api/customers/", json=customer, timeout=10)
    assert added.status_code == 201, added.text


def test_a_task_that_kills_its_worker_is_poisoned_and_its_pool_mates_end_well(tmp_path: Path) -> None:
    with running(tmp_path, {**FOR_FAULTS, "PYTHONPATH": str(FOLDER)}) as stack:
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
