"""What the benchmarks of runs share: a stack, runs, and what they took."""

import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg2
import redis

from tests.stack import Stack, running

_TABLES = (
    "attempt",
    "fetch",
    "dossierrequest",
    "snapshot",
    "build",
    "chunk",
    "rejectedrow",
    "run",
    "dossier",
)


@contextmanager
def stack_with(
    customers: int, environ: Mapping[str, str] | None = None, *, name: str = ""
) -> Iterator[Stack]:
    """A stack with generated customers. `BENCH_STACK_DIR` keeps its folder between benchmarks."""
    with ExitStack() as cleanup:
        kept = os.environ.get("BENCH_STACK_DIR")
        folder = f"{kept}{name}" if kept else cleanup.enter_context(tempfile.TemporaryDirectory())
        yield cleanup.enter_context(running(Path(folder), environ, customers=customers))


@dataclass(frozen=True)
class Ended:
    """A run that has ended."""

    id: int
    state: str
    seconds: float
    totals: Mapping[str, int]
    phases: Mapping[str, float]
    calls: Mapping[str, float]

    @property
    def per_second(self) -> float:
        """CPFs a second, from the row that began it to the one that ended it."""
        return sum(self.totals.values()) / self.seconds


def refresh(stack: Stack) -> Ended:
    """A run over everybody, by the command that people use."""
    done = stack.run(sys.executable, "manage.py", "refresh", seconds=1200, SERVICE="portal")
    assert done.returncode == 0, done.stderr[-2000:]
    return ended(stack, "kind = 'nightly'")


def ended(stack: Stack, which: str) -> Ended:
    """The newest run of that kind, which has ended."""
    run_id, state, seconds, totals = query(
        stack,
        "select id, state, extract(epoch from finished_at - created_at)::float8, totals::text"
        f"  from orchestrator_run where {which} order by id desc limit 1",
    )[0]
    phases = query(
        stack,
        "select part.key, sum(part.value::float8)"
        "  from orchestrator_chunk, jsonb_each_text(seconds) as part where run_id = %s group by 1",
        run_id,
    )
    calls = query(
        stack,
        "select call ->> 'source', sum((call ->> 'seconds')::float8)"
        "  from orchestrator_chunk, jsonb_array_elements(calls) as call where run_id = %s group by 1",
        run_id,
    )
    return Ended(run_id, state, seconds, json.loads(totals), dict(phases), dict(calls))


def query(stack: Stack, statement: str, *values: Any, database: str = "delta_db") -> list[Any]:
    """Rows of a statement, as the role of the services; what it changes is committed."""
    return _execute(_url(stack, database), statement, values)


def plan_of(explained: list[dict[str, Any]]) -> tuple[str, int]:
    """The nodes of a plan, and the pages that it touched: of `explain (analyze, buffers, format json)`."""
    plan = explained[0]["Plan"]
    return _nodes(plan), max(1, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _nodes(plan: dict[str, Any]) -> str:
    name = plan["Node Type"] + (f" {plan['Index Name']}" if "Index Name" in plan else "")
    below = ", ".join(_nodes(part) for part in plan.get("Plans", ()))
    return f"{name} ({below})" if below else name


def forget_everybody(stack: Stack) -> None:
    """Empties the orchestrator's tables, as the role that owns them."""
    tables = ", ".join(f"orchestrator_{name}" for name in _TABLES)
    as_owner(stack, f"truncate {tables} restart identity cascade", "vacuum analyze")


def as_owner(stack: Stack, *statements: str) -> None:
    """Runs statements in the portal's database as the role that owns it."""
    secrets = json.loads((stack.folder / "secrets.json").read_text())
    owner = _url(stack, "delta_db", f"dossier_owner:{secrets['dossier_owner_password']}")
    for statement in statements:
        _execute(owner, statement, ())


def _url(stack: Stack, database: str, login: str | None = None) -> str:
    parts = urlsplit(stack.state["engines"]["database_url"])
    netloc = f"{login}@{parts.hostname}:{parts.port}" if login else parts.netloc
    return str(urlunsplit(parts._replace(netloc=netloc, path=f"/{database}")))


def _execute(url: str, statement: str, values: tuple[Any, ...]) -> list[Any]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def spending(stack: Stack) -> Iterator[dict[str, float]]:
    """CPU seconds that each of the stack's processes spends in the block: known after it."""
    families = {name: _family(pid) for name, pid in stack.state["pids"].items()}
    before, spent = {name: _cpu(family) for name, family in families.items()}, dict[str, float]()
    yield spent
    spent |= {name: round(_cpu(family) - before[name], 2) for name, family in families.items()}


@dataclass
class Watched:
    """Peaks of memory, in bytes."""

    batch_peak: int = 0
    redis_peak: int = 0


@contextmanager
def watching(stack: Stack, every: float = 0.5) -> Iterator[Watched]:
    """Looks at the memory while the block runs. A look takes 14 ms of CPU: ten a second would cost a
    run a tenth of its speed."""
    watched, over = Watched(), threading.Event()
    batch = _family(stack.state["pids"]["worker-batch"])

    def look() -> None:
        store = redis.Redis.from_url(stack.state["engines"]["redis_url"])
        while not over.wait(every):
            watched.batch_peak = max(watched.batch_peak, _memory(batch))
            info: Any = store.info("memory")
            watched.redis_peak = max(watched.redis_peak, info["used_memory"])

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watched
    finally:
        over.set()
        thread.join()


def _family(pid: int) -> list[psutil.Process]:
    master = psutil.Process(pid)
    return [master, *master.children(recursive=True)]


def _cpu(family: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in family if process.is_running())


def _memory(family: list[psutil.Process]) -> int:
    """Resident and not shared, so that pages which children share with their parent count once."""
    return sum(process.memory_full_info().uss for process in family if process.is_running())
