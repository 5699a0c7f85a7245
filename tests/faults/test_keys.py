"""Keys are replaced under load, as an operator does it: files, restarts, commands; nothing is lost by it."""

import sys
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.account import account
from tests.faults.inject import absent, answers, drilled
from tests.faults.load import Load
from tests.faults.test_runs import one, start, state
from tests.stack import FOR_FAULTS, Stack, eventually, running

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow("a stack of its own, whose processes are all started anew five times"),
]

CUSTOMERS = 200
# Small chunks, so that a run lasts from one restart to the next.
SMALL = {"RUN_CHUNK": "10", "RUN_CHUNKS_AT_ONCE": "2", "RUN_RETRY_SECONDS": "1"}
# The one interactive worker is away while it is started anew: an end at the deadline would hide a lost key.
PATIENT = {"BUILD_DEADLINE_SECONDS": "120"}
# Half of what has keys, and then the other: in between, processes with both settings are at work.
HALVES = (("worker-interactive", "sweeper"), ("portal", "worker-batch", "worker-quarantine", "beat"))
READ_ALL = """
import django
from ops.service.env import select_settings
select_settings("portal")
django.setup()
from orchestrator.models import Dossier, Snapshot
from orchestrator.sealing import lookups
from orchestrator.versions import reading
for dossier in Dossier.objects.all():
    for version in range(1, dossier.latest_version + 1):
        reading.view(dossier, version)
    assert lookups.find(reading.view(dossier).cpf) == dossier
print(Dossier.objects.count(), Snapshot.objects.count())
"""


@dataclass(frozen=True)
class Operator:
    """Who has the files of keys, and the installation's file that names them."""

    folder: Path
    stack: Stack

    def give(self, **keys: str) -> None:
        """Writes the settings (of each its keys, by their ids), and starts every process anew."""
        self.write(**keys)
        for half in HALVES:
            with ThreadPoolExecutor(len(half)) as pool:
                list(pool.map(lambda process: absent(process, 0)(self.stack), half))
        eventually(lambda: answers(self.stack.url("portal")), seconds=60)

    def write(self, **keys: str) -> None:
        for name, ids in keys.items():
            path = self.folder / name
            path.touch(mode=0o600)
            path.write_text("".join(f"{_key(each)}\n" for each in ids.split()))
        lines = [f"{name}_FILE={self.folder / name}\n" for name, ids in keys.items() if ids]
        (self.folder / ".env").write_text("".join(lines))

    def command(self, *arguments: str) -> str:
        """What a command says; what it refuses for now is tried again."""

        def _run() -> tuple[int, str]:
            done = self.stack.run(sys.executable, "manage.py", *arguments, SERVICE="portal")
            return done.returncode, done.stdout + done.stderr

        _, told = eventually(_run, until=lambda done: done[0] == 0, seconds=120, every=1.0)
        return told


def _key(key_id: str) -> str:
    """As settings have it; the one that begins with a dash has no name."""
    secret = b64encode(key_id.encode().ljust(32, b"."))
    return secret.decode() if key_id.startswith("-") else f"{key_id}:{secret.decode()}"


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """A stack whose keys are in files from the first day."""
    folder = tmp_path_factory.mktemp("operator")
    environ = {**FOR_FAULTS, **SMALL, **PATIENT, "ENV_FILE": str(folder / ".env")}
    Operator(folder, Stack(folder, {})).write(MASTER_KEYS="k1", LOOKUP_KEY="-l1")
    with running(tmp_path_factory.mktemp("keys"), environ, customers=CUSTOMERS) as stack:
        yield Operator(folder, stack)


@contextmanager
def work(stack: Stack, seed: int) -> Iterator[Load]:
    """Asks, and a run over everybody that is slow; all of both has ended well afterwards."""
    with ExitStack() as under_way:
        under_way.enter_context(drilled(stack, "alpha", "delay", delay=0.3))
        load = under_way.enter_context(Load(stack, seed=seed))
        load.accepted(12)
        run_id = start(stack)
        yield load
        load.accepted(12)
    # The one portal is started anew: who comes at that moment has no answer, and knows it.
    assert set(load.refused) <= {"no connection", "ReadTimeout"}, load.refused
    done = account(stack, load.receipts, seconds=150.0)
    assert done.ended["complete"] == done.accepted, (done, failures(stack))
    eventually(lambda: state(stack, run_id), until=lambda now: now != "running", seconds=120, every=0.5)
    totals = one(stack, "select totals from orchestrator_run where id = %s", run_id)
    assert isinstance(totals, dict)
    assert (state(stack, run_id), totals["failed"], totals["partial"]) == ("complete", 0, 0)


def failures(stack: Stack) -> object:
    """How often which source failed an ask, and how."""
    return one(
        stack,
        "select json_object_agg(what, number) from (select concat_ws(' ', source, state, error_code) as what,"
        " count(*) as number from orchestrator_fetch where error_code <> '' group by 1) as told",
    )


def everything_reads(operator: Operator) -> None:
    done = operator.stack.run(sys.executable, "-c", READ_ALL, SERVICE="portal")
    assert done.returncode == 0, done.stderr[-3000:]
    people, versions = map(int, done.stdout.split())
    assert people >= CUSTOMERS
    assert versions >= people
    logs = {path.name: path.read_text() for path in (operator.stack.folder / "logs").iterdir()}
    assert not [name for name, text in logs.items() if "UnknownKey" in text or "keys.unknown" in text]


def test_two_master_keys_follow_each_other_and_the_first_is_retired(operator: Operator) -> None:
    stack, lookup = operator.stack, "-l1"
    with work(stack, seed=1) as load:
        operator.give(MASTER_KEYS="k1 k2", LOOKUP_KEY=lookup)
        operator.give(MASTER_KEYS="k2 k1 k3", LOOKUP_KEY=lookup)
        operator.command("rewrap_keys")
        load.accepted(12)
    with work(stack, seed=2) as load:
        operator.give(MASTER_KEYS="k3 k2 k1", LOOKUP_KEY=lookup)
        assert "k1 is retired" in operator.command("rewrap_keys", "--retire", "k1")
        load.accepted(12)
        operator.give(MASTER_KEYS="k3 k2", LOOKUP_KEY=lookup)
    assert "k1" not in operator.command("rewrap_keys")
    everything_reads(operator)


def test_the_lookup_key_is_replaced_and_retired(operator: Operator) -> None:
    stack, masters = operator.stack, "k3 k2 k1"
    operator.give(MASTER_KEYS=masters, LOOKUP_KEY="-l1")
    with work(stack, seed=1) as load:  # the same people
        operator.give(MASTER_KEYS=masters, LOOKUP_KEY="-l1", LOOKUP_KEYS="l2")
        assert "LOOKUP_KEY is retired" in operator.command("rehash_lookups", "--retire", "LOOKUP_KEY")
        load.accepted(12)
        operator.give(MASTER_KEYS=masters, LOOKUP_KEYS="l2", LOOKUP_KEY="")
    operator.command("rehash_lookups")
    everything_reads(operator)
    assert one(stack, "select count(*) from orchestrator_dossier where lookup_key <> 'l2'") == 0
