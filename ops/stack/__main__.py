"""`python -m ops.stack up|down|status`; ops/up and its siblings call this in the virtual environment."""

import argparse
import os
import sys

from ops.engines.errors import StackProblem
from ops.stack.config import given, read_stack
from ops.stack.status import status
from ops.stack.supervision import stop
from ops.stack.up import up


def main() -> int:
    """Exit status 0 when done (for status: when all is healthy); a problem is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="ops")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start everything and stay; Ctrl-C stops it")
    start.add_argument("--detach", action="store_true", help="leave it running; `ops/down` stops it")
    start.add_argument("--customers", type=int, metavar="N", help="generated customers in the sources (200)")
    commands.add_parser("down", help="stop a detached stack")
    commands.add_parser("status", help="what runs, is it healthy, its memory")
    arguments = parser.parse_args()
    try:
        stack = read_stack(given(os.environ))
        if arguments.command == "up":
            up(stack, arguments.customers, detach=arguments.detach)
        elif arguments.command == "down":
            stop(stack)
        else:
            return 0 if status(stack) else 1
    except StackProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
