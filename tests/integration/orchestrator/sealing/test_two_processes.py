"""A key is replaced while one process still has the settings of before: real processes, on one PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from ops.stack.config import ROOT
from orchestrator.batch import people
from orchestrator.models import Dossier, DossierRequest, Snapshot
from orchestrator.sealing import keys, rotation
from orchestrator.sealing.cpf import check_digits
from orchestrator.upkeep import rehashing
from orchestrator.versions import reading
from tests.fakes.people import answer_of
from tests.fakes.source import FakeSource
from tests.integration.orchestrator.sealing.test_keys import Give, give, key, written
from tests.stack import eventually

__all__ = ["give"]  # a fixture of the keys' own tests

pytestmark = pytest.mark.django_db(transaction=True)

CPFS = [nine + check_digits(nine) for nine in (f"{number:09d}" for number in range(101, 109))]
WORKER = ["-m", "celery", "-A", "orchestrator", "worker", "-P", "threads", "-c", "4", "-Q", "interactive"]
QUIET = ["--without-gossip", "--without-mingle", "-l", "INFO", "-n"]
# Asks for each CPF that it is told, one a line, waits for the end, and says what came of it.
ASKER = """
import sys, time
from ops.service.env import select_settings
select_settings("portal")
import django
django.setup()
from orchestrator import dossiers
from orchestrator.errors import OrchestratorError
dossiers.require_keys()
for line in sys.stdin:
    try:
        ask = dossiers.request(cpf=line.strip(), purpose="collection", owner="user:1", fresh=True)
        while (status := dossiers.status(ask.request_id)).finished_at is None:
            time.sleep(0.02)
        print(status.state, dossiers.load(ask.dossier_id).version, flush=True)
    except OrchestratorError as error:
        print(type(error).__name__, flush=True)
"""


class Asker:
    """A process that asks, with settings of its own, beside a worker that has the same."""

    def __init__(self, environ: dict[str, str], worker_log: Path) -> None:
        self._worker_log = worker_log
        command = [sys.executable, "-c", ASKER]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stdin=pipe, stdout=pipe, text=True)

    def ask(self, cpf: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{cpf}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def ask_all(self, cpfs: list[str]) -> list[str]:
        eventually(lambda: "ready." in self._worker_log.read_text(), seconds=60)
        return [self.ask(cpf) for cpf in cpfs]

    def end(self) -> None:
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0


@pytest.fixture
def processes(fake_sources: dict[str, FakeSource], tmp_path: Path) -> Iterator[Callable[..., Asker]]:
    """Starts a worker and an asker that have these keys; all sources know everybody."""
    for name, fake in fake_sources.items():
        fake.people |= {cpf: answer_of(name, cpf) for cpf in CPFS}
    with ExitStack() as running:

        def _processes(masters: str, lookup: str = "l", lookups: str = "") -> Asker:
            environ = environment(masters, lookup, lookups)
            log = running.enter_context(worker(environ, tmp_path))
            asker = Asker(environ, log)
            running.callback(asker.end)
            return asker

        yield _processes


def environment(masters: str, lookup: str, lookups: str) -> dict[str, str]:
    to = connection.settings_dict
    return {
        **os.environ,
        "SERVICE": "portal",
        "PORTAL_DATABASE_URL": f"postgres://{to['USER']}:{quote(to['PASSWORD'])}@{to['HOST']}:{to['PORT']}/{to['NAME']}",
        "MASTER_KEYS": written(masters),
        "LOOKUP_KEYS": written(lookups),
        "LOOKUP_KEY": key(lookup) if lookup else "",
    }


@contextmanager
def worker(environ: dict[str, str], folder: Path) -> Iterator[Path]:
    """Gives its log."""
    log = folder / f"worker-{len(list(folder.iterdir()))}.log"
    with log.open("wb") as output:
        command = [sys.executable, *WORKER, *QUIET, log.stem]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
    try:
        yield log
    finally:
        process.kill()  # nothing is under way any more
        process.wait()


def together(*askers: Asker) -> list[str]:
    """All of them ask for the same people at the same time; what came of each ask."""
    with ThreadPoolExecutor(len(askers)) as pool:
        return [told for each in pool.map(lambda asker: asker.ask_all(CPFS), askers) for told in each]


def nothing_is_lost(told: list[str]) -> None:
    """Every ask has ended with the first version, of one dossier for each."""
    assert told == ["complete 1"] * len(told)
    assert DossierRequest.objects.count() == len(told)
    assert (Dossier.objects.count(), Snapshot.objects.count()) == (len(CPFS), len(CPFS))


def all_read() -> set[str]:
    return {reading.view(dossier).cpf for dossier in Dossier.objects.all()}


SLOW = pytest.mark.slow("four processes, for a step that is like the others")


@pytest.mark.parametrize(
    ("still", "already"),
    [
        ("old=o new=n", "new=n old=o"),
        pytest.param("old=o", "old=o new=n", marks=SLOW),
        pytest.param("new=n old=o", "new=n", marks=SLOW),
    ],
)
def test_a_master_key_is_given_behind_first_then_put_in_front_and_the_old_one_goes(
    processes: Callable[..., Asker], give: Give, still: str, already: str
) -> None:
    if already == "new=n":
        give("new=n old=o")
        keys.require()
    nothing_is_lost(together(processes(still), processes(already)))
    give("new=n old=o")
    list(rotation.rewrap())
    rotation.retire("old")
    give("new=n")
    keys.require()
    assert all_read() == set(CPFS)


def test_a_lookup_key_is_given_and_then_used_while_both_settings_make_dossiers(
    processes: Callable[..., Asker], give: Give
) -> None:
    still, already = processes("k1=a"), processes("k1=a", lookups="new=n")
    nothing_is_lost(together(still, already))
    give("k1=a", lookups="new=n")
    list(rehashing.rehash())
    # Too early: one process lacks it. It works on, and says so where it would have to guess who somebody is.
    assert set(still.ask_all(CPFS)) == {"UnknownKey"}
    assert set(already.ask_all(CPFS)) == {"complete 1"}
    assert Dossier.objects.count() == len(CPFS)
    rehashing.retire("")
    give("k1=a", lookup="", lookups="new=n")
    assert all_read() == set(CPFS)
    assert people.ensure(CPFS)
    assert Dossier.objects.count() == len(CPFS)


@SLOW
def test_dossiers_are_made_while_the_walk_begins(processes: Callable[..., Asker], give: Give) -> None:
    askers = [processes("k1=a", lookups="new=n"), processes("k1=a", lookups="new=n")]
    give("k1=a", lookups="new=n")
    keys.require()
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(together, *askers)
        eventually(Dossier.objects.count)
        while not told.done():
            list(rehashing.rehash())
        nothing_is_lost(told.result())
    list(rehashing.rehash())
    assert rehashing.needed() == {"new": {"dossiers": len(CPFS), "versions": len(CPFS)}}
