"""`ops/status`: what runs, whether it is healthy, its memory, and whether a night is held up."""

import os
import subprocess
import sys
from typing import Any

import psutil

from ops.engines.processes import built
from ops.service import env
from ops.stack import supervision
from ops.stack.config import ROOT, Stack
from ops.stack.health import unhealthy
from ops.stack.statefile import read_state

MIB = 2**20


def status(stack: Stack) -> bool:
    """Prints one line per process; True when all are healthy."""
    state = read_state(stack)
    supervisor = supervision.running(stack)
    if state is None or supervisor is None:
        print(
            "The stack is not up." if state is None else "The supervisor is gone: `ops/down`, then `ops/up`."
        )
        return False
    wrong = unhealthy(_local_urls(state), _broker(state), supervision.states(stack) or {})
    pids = state["pids"] | {"supervisor": supervisor.pid}
    memory = {name: tree_memory(pid, apart=set(pids.values()) - {pid}) for name, pid in pids.items()}
    print(f"{'process':20} {'pid':>8} {'PSS MiB':>8}  state")
    for name, pid in pids.items():
        print(f"{name:20} {pid:>8} {memory[name] / MIB:>8.1f}  {wrong.get(name, 'healthy')}")
    print(f"{'total':20} {'':>8} {sum(memory.values()) / MIB:>8.1f}")
    if held_up := _night(stack):
        print(held_up)
    return not wrong


def _night(stack: Stack) -> str:
    """What holds up a night that is owed, in the portal's words; empty where nothing does, or its
    database does not answer, which is told of the processes."""
    told = {**env.settings_of(stack.environ), "SERVICE": "portal", "STACK_DIR": str(stack.folder)}
    command = [sys.executable, "manage.py", "night", "--skip-checks"]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=built(os.environ, **told), capture_output=True, text=True, timeout=15
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _local_urls(state: dict[str, Any]) -> dict[str, str]:
    """Where the stack was started, which need not be where this command's environment would start one."""
    return {name: state["urls"][name] for name in (*state["source_clients"], "portal", "flower")}


def _broker(state: dict[str, Any]) -> str:
    return str(state["engines"].get("broker_url") or state["engines"]["redis_url"])


def tree_memory(pid: int, apart: set[int]) -> int:
    """Proportional set size in bytes of a process and its descendants, but not of those counted apart."""
    try:
        process = psutil.Process(pid)
        children = [child.pid for child in process.children() if child.pid not in apart]
    except psutil.NoSuchProcess:
        return 0
    return _pss(pid) + sum(tree_memory(child, apart) for child in children)


def _pss(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0
