"""A pytest plugin: how workers side by side share the tests.

A file is one worker's, so that what its tests share is made once; and so is everything that uses the one
stack of tests/conftest.py. What takes long begins first, or one worker would end with it alone.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling
from xdist.workermanage import WorkerController

ONE_STACK = ("tests/contract/", "tests/e2e/", "tests/faults/", "tests/security/")
STACKS_OF_THEIR_OWN = (
    *(f"tests/faults/test_{name}.py" for name in ("nights", "pace", "poison", "runs")),
    "tests/e2e/test_pythons.py",
)
# The longest first, as `ops/test --durations=0` told.
BEGIN = (
    "stack",
    *STACKS_OF_THEIR_OWN,
    "tests/integration/ops/test_supervision.py",
    "tests/integration/portal/test_openapi.py",
    "tests/integration/runs/test_uploads.py",
    "tests/integration/runs/test_run_invariants.py",
    "tests/integration/orchestrator/requests/test_invariants.py",
    "tests/integration/ops/test_engines.py",
    "tests/integration/fourth_source/test_fourth_source.py",
)


def share(nodeid: str) -> str:
    """What goes to one worker as a whole: the name of a test's file, or of the stack that files share."""
    file = nodeid.partition("::")[0]
    return "stack" if file.startswith(ONE_STACK) and file not in STACKS_OF_THEIR_OWN else file


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # has no types
    """Shares, one after the other, to whoever has the least left.

    xdist's own `loadgroup` renames tests, which pytest 9.2 no longer lets it (pytest-xdist 3.8).
    """

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        if first := next((name for name in BEGIN if name in self.workqueue), None):
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    """The shares above, instead of a scheduling of xdist's."""
    return Sharing(config, log)
