"""`ops/status`: what runs, whether it is healthy, its memory, and whether a night is held up."""

import logging
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psutil
from celery import Celery
from kombu.exceptions import OperationalError

from ops.engines.processes import built
from ops.service import env
from ops.stack import supervision
from ops.stack.config import ROOT, Stack, read_state

MIB = 2**20
WORKERS = ("worker-interactive", "worker-batch", "worker-quarantine")
PATIENCE = 3.0


def status(stack: Stack) -> bool:
    """Prints one line per process; True when all are healthy."""
    state = read_state(stack)
    supervisor = supervision.running(stack)
    if state is None or supervisor is None:
        print(
            "The stack is not up." if state is None else "The supervisor is gone: `ops/down`, then `ops/up`."
        )
        return False
    # Where the stack was started, which need not be where this command's environment would start one.
    urls = {name: state["urls"][name] for name in (*state["source_clients"], "portal", "flower")}
    broker_url = state["engines"].get("broker_url") or state["engines"]["redis_url"]
    wrong = unhealthy(urls, broker_url, supervision.states(stack) or {})
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


def tree_memory(pid: int, apart: set[int]) -> int:
    """Proportional set size in bytes of a process and its descendants, but not of those counted apart."""
    try:
        process = psutil.Process(pid)
        children = [child.pid for child in process.children() if child.pid not in apart]
    except psutil.NoSuchProcess:
        return 0
    own = 0  # where the kernel does not tell it, or no more
    with suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as file:
        own = next((int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:")), 0)
    return own + sum(tree_memory(child, apart) for child in children)


def unhealthy(urls: Mapping[str, str], broker_url: str, statenames: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each process that is not healthy, by name; empty when all is well.

    `urls` are the base URLs of the services and Flower, `statenames` supervisord's words.
    """
    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = dict(zip(urls, pool.map(_ask, urls, urls.values()), strict=True))
        answers |= _workers(broker_url)
    not_running = {name: state.lower() for name, state in statenames.items() if state != "RUNNING"}
    return {name: wrong for name, wrong in answers.items() if wrong} | not_running


def _ask(name: str, url: str) -> str:
    path = "/" if name == "flower" else "/readyz"
    try:
        with urllib.request.urlopen(url + path, timeout=PATIENCE) as answer:  # noqa: S310  # nosec B310  # our own
            status = int(answer.status)
    except urllib.error.HTTPError as error:
        status = error.code
    except OSError:
        return "does not answer"
    if name == "flower":  # it asks for its password
        return "" if status in (200, 401) else "does not answer"
    return "" if status == 200 else f"/readyz answers {status}"


def _workers(broker_url: str) -> dict[str, str]:
    """Asks the workers over the broker, as `celery inspect ping` does."""
    logging.getLogger("kombu").setLevel(logging.ERROR)
    timeouts = {"socket_connect_timeout": 2, "socket_timeout": 3, "max_retries": 0}
    app = Celery(broker=broker_url, broker_transport_options=timeouts, set_as_current=False)
    try:
        replies: list[dict[str, Any]] = app.control.ping(timeout=1.0, limit=len(WORKERS)) or []
    except (OperationalError, OSError):
        return dict.fromkeys(WORKERS, "the broker does not answer")
    finally:
        app.close()
    names = {node.split("@")[0] for reply in replies for node in reply}
    return {
        worker: "" if worker.removeprefix("worker-") in names else "no reply to a ping" for worker in WORKERS
    }
