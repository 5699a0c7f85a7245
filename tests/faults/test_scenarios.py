"""Under load, things die for real; every request that was accepted ends, and versions stay whole.

CI runs the quick scenarios, each once. `FAULTS=all` runs every one, `FAULT_ROUNDS=10` makes each kill
ten times at random moments; `ops/drill` prints the same as a table.
"""

import os

import pytest

from tests.faults.scenarios import SCENARIOS, Scenario, run
from tests.stack import Stack

pytestmark = pytest.mark.e2e
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
CHOSEN = [scenario for scenario in SCENARIOS if scenario.quick or os.environ.get("FAULTS") == "all"]


@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda scenario: scenario.name)
def test_every_accepted_request_ends(stack: Stack, scenario: Scenario) -> None:
    result = run(stack, scenario, ROUNDS)
    print(f"{result.account}, not accepted: {result.refused}, reconnected: {result.reconnected}")
