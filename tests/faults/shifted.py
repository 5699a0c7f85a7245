"""Runs a program with its clock shifted: `python tests/faults/shifted.py SECONDS MODULE ARGUMENTS…`."""

import runpy
import sys
import time

import time_machine


def main() -> None:
    """The module runs as if by `python -m`, in a process whose wall clock is wrong."""
    seconds, module = float(sys.argv[1]), sys.argv[2]
    sys.argv = [module, *sys.argv[3:]]
    with time_machine.travel(time.time() + seconds, tick=True):
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    sys.path.insert(0, "")
    main()
