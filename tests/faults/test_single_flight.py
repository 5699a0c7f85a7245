"""Many ask for one person at one moment: the work is done once, and each gets an answer."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.account import account, database
from tests.faults.inject import drilled
from tests.faults.load import people
from tests.stack import Analyst, Stack

pytestmark = pytest.mark.e2e
CLIENTS = 50


def test_fifty_clients_one_build_three_calls_fifty_answers(stack: Stack, analyst: Analyst) -> None:
    cpf = people(os.getpid() + 2, 1)[0]
    with drilled(stack, "alpha", "delay", delay=2.0), ThreadPoolExecutor(CLIENTS) as clients:
        receipts = list(clients.map(lambda _: analyst.ask(cpf, fresh=True), range(CLIENTS)))
    assert len({receipt["request_id"] for receipt in receipts}) == CLIENTS
    done = account(stack, receipts)
    assert (dict(done.ended), done.versions) == ({"complete": CLIENTS}, 1)
    with database(stack) as cursor:
        cursor.execute(
            "select count(distinct f.build_id), count(*) from orchestrator_attempt as a"
            " join orchestrator_fetch as f on f.id = a.fetch_id"
            " join orchestrator_build as b on b.id = f.build_id where b.dossier_id = %s",
            [receipts[0]["dossier_id"]],
        )
        assert cursor.fetchone() == (1, 3)
