"""The processes of the stack, as commands."""

import sys
from dataclasses import dataclass, field

from ops.engines.base import Engine
from ops.stack.config import Stack

ENGINES, SERVICES = "engines", "services"
PORTAL_THREADS, SOURCE_THREADS = 16, 8
INTERACTIVE_THREADS = 16
INTERACTIVE_PREFETCH = 4  # messages a thread: with all of them in hand, none would be looked for
# A child for each call that may be under way at the sources, two at each, and two that save and plan.
BATCH_CHILDREN, QUARANTINE_CHILDREN = 8, 3
BATCH_NICENESS = 10  # an analyst's request comes first
CELERY = (sys.executable, "-m", "celery", "-A", "orchestrator")
# Django's checks load every page of the portal: 0.4 s and 8 MiB in each process that serves none.
UNCHECKED = {"CELERY_SKIP_CHECKS": "1"}


@dataclass(frozen=True, kw_only=True)
class Program:
    """A supervised process: services stop before engines."""

    name: str
    argv: list[str]
    group: str = SERVICES
    environ: dict[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 20


def engine_programs(engines: list[Engine]) -> list[Program]:
    """The embedded engines."""
    return [
        Program(
            name=engine.name,
            argv=engine.argv(),
            group=ENGINES,
            stop_signal=engine.stop_signal,
            stop_seconds=12,
        )
        for engine in engines
    ]


def service_programs(stack: Stack, flower_login: str) -> list[Program]:
    """HTTP services, workers, beat, sweeper and Flower.

    Flower's pages could stop workers and revoke tasks, and ours are for looking. Its login comes by the
    environment: a command line is readable by everyone on the machine.
    """
    flower = [sys.executable, "-m", "ops.stack.flower", "-A", "orchestrator", "flower"]
    flower += ["--address=127.0.0.1", f"--port={stack.ports['flower']}", "--read-only"]
    return [
        *(_http(stack, name) for name in stack.services),
        _worker("interactive", "threads", INTERACTIVE_THREADS, prefetch=INTERACTIVE_PREFETCH),
        _worker("batch", "prefork", BATCH_CHILDREN, niceness=BATCH_NICENESS),  # it computes: a core each
        _worker("quarantine", "prefork", QUARANTINE_CHILDREN),  # what it runs may kill it: a child for each
        Program(
            name="beat",
            argv=[*CELERY, "beat", "--pidfile=", "-s", str(stack.folder / "beat-schedule"), "-l", "INFO"],
            environ=UNCHECKED,
        ),
        Program(name="sweeper", argv=[sys.executable, "manage.py", "sweep", "--skip-checks"]),
        Program(
            name="flower",
            argv=flower,
            environ={"FLOWER_BASIC_AUTH": flower_login} | UNCHECKED,
            stop_seconds=5,
        ),
    ]


def _http(stack: Stack, name: str) -> Program:
    package = name if name == "portal" else f"sources.{name}"
    threads = PORTAL_THREADS if name == "portal" else SOURCE_THREADS
    argv = [sys.executable, "-m", "gunicorn", "-c", "ops/service/gunicorn.py", f"{package}.wsgi:application"]
    argv += ["--bind", f"127.0.0.1:{stack.ports[name]}", "--threads", str(threads)]
    argv += ["--graceful-timeout", "10", "--no-control-socket"]
    return Program(name=name, argv=argv, environ={"SERVICE": name})


def _worker(queue: str, pool: str, concurrency: int, *, niceness: int = 0, prefetch: int = 1) -> Program:
    argv = [*CELERY, "worker", "-Q", queue, "-P", pool, "-c", str(concurrency), "-n", f"{queue}@%h"]
    argv += ["--prefetch-multiplier", str(prefetch), "--without-gossip", "--without-mingle", "-l", "INFO"]
    if niceness:
        argv = ["nice", "-n", str(niceness), *argv]
    # On TERM hand unfinished work back after a soft shutdown instead of waiting for it without end.
    return Program(name=f"worker-{queue}", argv=argv, environ={"REMAP_SIGTERM": "SIGQUIT"} | UNCHECKED)
