"""Faults, for real: signals, stopped servers, sources that misbehave. Each returns when it is over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psutil
import requests
from redis import Redis

from ops.stack import supervision
from ops.stack.config import read_stack
from tests.faults.account import database
from tests.stack import ROOT, Stack, eventually, free_ports

Fault = Callable[[Stack], None]
SOURCES = ("alpha", "beta", "capa")


def kill(*processes: str) -> Fault:
    """`kill -9` of processes and all that they started, and their return."""

    def _kill(stack: Stack) -> None:
        before = {process: stack.pid(process) for process in processes}
        for pid in before.values():
            for member in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):  # a child ends by itself when its parent does
                    member.send_signal(signal.SIGKILL)
        for process, pid in before.items():
            _returned(stack, process, pid)

    return _kill


def kill_child_at_work(stack: Stack) -> None:
    """`kill -9` of the quarantine worker's children at work on what an ordinary worker's death left."""
    with drilled(stack, "capa", "delay", delay=3.0):  # so that there is work for long enough
        eventually(lambda: _held(stack, "quarantine_claims = 0"), until=lambda held: held >= 3)
        kill("worker-interactive")(stack)
        eventually(lambda: _held(stack, "quarantine_claims > 0"))
        killed = _children(stack)
        for child in killed:
            psutil.Process(child).kill()
    eventually(lambda: _children(stack), until=lambda now: len(now - killed) == len(killed))


def _held(stack: Stack, which: str) -> int:
    """How many fetches a worker holds now."""
    with database(stack) as cursor:
        cursor.execute(
            "select count(*) from orchestrator_fetch"
            f" where {which} and state = 'fetching' and lease_until > now()"
        )
        (number,) = cursor.fetchone()
        return int(number)


def _children(stack: Stack) -> set[int]:
    return {child.pid for child in psutil.Process(stack.pid("worker-quarantine")).children()}


def freeze(process: str) -> Fault:
    """A process that is alive and does nothing, until it is noticed and replaced."""

    def _freeze(stack: Stack) -> None:
        before = stack.pid(process)
        psutil.Process(before).suspend()
        _returned(stack, process, before, seconds=120)

    return _freeze


def wipe_redis(stack: Stack) -> None:
    """Everything that is in Redis is gone."""
    with Redis.from_url(stack.state["engines"]["redis_url"]) as redis:
        redis.flushall()


def absent(process: str, seconds: float) -> Fault:
    """An engine or service is stopped, is away for so long, and comes back."""

    def _be_absent(stack: Stack) -> None:
        before = stack.pid(process)
        with stopped(stack, process):
            _pass(seconds)
        _returned(stack, process, before)

    return _be_absent


def silent(process: str, seconds: float) -> Fault:
    """A service accepts connections and never answers, for so long."""

    def _be_silent(stack: Stack) -> None:
        with stack.frozen(process):
            _pass(seconds)

    return _be_silent


def misbehaving(source: str, fault: str, seconds: float = 6.0, **how: Any) -> Fault:
    """A source misbehaves for so long (it was started with FAULT_DRILL=1)."""

    def _misbehave(stack: Stack) -> None:
        with drilled(stack, source, fault, **how):
            _pass(seconds)

    return _misbehave


@contextmanager
def drilled(stack: Stack, source: str, fault: str, **how: Any) -> Iterator[None]:
    """A source misbehaves during the block."""
    session, url = stack.session(source), f"{stack.url(source)}/drill/"
    switched = session.post(url, json={"fault": fault, **how}, timeout=10)
    assert switched.status_code == 200, f"{switched.status_code}: was it started with FAULT_DRILL=1?"
    try:
        yield
    finally:
        session.post(url, json={"fault": "none"}, timeout=10).raise_for_status()


@contextmanager
def stopped(stack: Stack, process: str) -> Iterator[None]:
    """A supervised process is not there during the block, and nobody starts it again."""
    group = "engines" if process in ("postgres", "redis", "mongod") else "services"
    with supervision.remote(supervision.socket_path(read_stack(stack.environ))) as supervisor:
        supervisor.stopProcess(f"{group}:{process}")
        try:
            yield
        finally:
            supervisor.startProcess(f"{group}:{process}", False)


@contextmanager
def second_worker(stack: Stack, *launcher: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Another interactive worker beside the stack's own, or, with a launcher, started by that."""
    argv = [*(launcher or ("-m", "celery")), "-A", "orchestrator", "worker", "-Q", "interactive"]
    argv += [
        "-P",
        "threads",
        "-c",
        "8",
        "-n",
        "second@%h",
        "--without-gossip",
        "--without-mingle",
        "-l",
        "INFO",
    ]
    with _process(stack, argv, "second-worker", CELERY_SKIP_CHECKS="1") as process:
        log = stack.folder / "logs" / "second-worker.log"
        eventually(lambda: "ready." in log.read_text(), seconds=60)
        yield process


@contextmanager
def second_portal(stack: Stack) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Another portal beside the stack's own; gives its URL too."""
    (port,) = free_ports(1)
    argv = ["-m", "gunicorn", "-c", "ops/service/gunicorn.py", "portal.wsgi:application"]
    argv += ["--bind", f"127.0.0.1:{port}", "--threads", "16", "--no-control-socket"]
    with _process(stack, argv, "second-portal", SERVICE="portal") as process:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(url), seconds=60)
        yield process, url


@contextmanager
def second_source(stack: Stack, source: str, *launcher: str) -> Iterator[str]:
    """The stack's own source is away, and this one serves at its address."""
    address = stack.url(source).removeprefix("http://")
    argv = [*launcher, "-c", "ops/service/gunicorn.py", f"sources.{source}.wsgi:application"]
    argv += ["--bind", address, "--threads", "8", "--no-control-socket"]
    with stopped(stack, source), _process(stack, argv, f"second-{source}", SERVICE=source):
        eventually(lambda: answers(stack.url(source)), seconds=60)
        yield stack.url(source)


def answers(url: str) -> bool:
    """Whether a service is ready."""
    try:
        return requests.get(f"{url}/readyz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


@contextmanager
def _process(stack: Stack, argv: list[str], name: str, **environ: str) -> Iterator["subprocess.Popen[bytes]"]:
    marks = {"DOSSIER_STACK": str(stack.folder), "PYTHONUNBUFFERED": "1"}
    with ExitStack() as cleanup:
        log = cleanup.enter_context((stack.folder / "logs" / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, *argv],
            cwd=ROOT,
            env={**stack.environ, **marks, **environ},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _returned(stack: Stack, process: str, before: int, seconds: float = 60.0) -> None:
    eventually(lambda: stack.pid(process), until=lambda now: now != before, seconds=seconds)


def _pass(seconds: float) -> None:
    """The fault is the waiting: it lasts so long, under load."""
    time.sleep(seconds)
