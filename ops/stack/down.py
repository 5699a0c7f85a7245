"""`ops/down`: stops everything of this stack, whatever is left of it, within 45 seconds."""

import psutil

from ops.engines.processes import end, mentioning
from ops.stack import supervision
from ops.stack.config import Stack

# supervisord asks services, then engines; what is still there after that is killed.
ORDERLY_SECONDS = 36
LEFTOVER_SECONDS = 5


def stop(stack: Stack) -> None:
    """Stops supervisord and all it runs, then whatever outlived it; safe to call when nothing runs."""
    supervisor = supervision.running(stack)
    if supervisor is not None:
        supervisor.terminate()
        psutil.wait_procs([supervisor], timeout=ORDERLY_SECONDS)
    sweep_up(stack)


def sweep_up(stack: Stack) -> None:
    """Ends processes that carry this stack's mark (their supervisor may have been killed), and its state."""
    end(mentioning(stack.folder), LEFTOVER_SECONDS)
    supervision.remove_socket(stack)
    stack.state_file.unlink(missing_ok=True)
