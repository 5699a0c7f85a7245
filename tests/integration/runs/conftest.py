"""What the tests of runs share: people, and hands that do what a worker would be sent."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from orchestrator import conf, dispatch, migrations, runs
from orchestrator.batch.planning import planner
from orchestrator.batch.schedule import passes
from orchestrator.batch.work import fetching, saving
from orchestrator.models import Chunk, Dossier, KeyInUse, Run
from orchestrator.records.runs import RunStatus
from orchestrator.sealing import envelopes
from orchestrator.sealing.cpf import check_digits
from orchestrator.upkeep import sweeper
from tests.fakes import people
from tests.fakes.source import FakeSource

Fakes = dict[str, FakeSource]


@dataclass
class Hands:
    """What was sent to workers, in order; `work` does it here, and what that sends, until nothing is left."""

    waiting: list[tuple[Callable[..., object], tuple[Any, ...]]] = field(default_factory=list)
    away: bool = False  # the broker

    def take(self, task: Callable[..., object], *arguments: Any) -> bool:
        """Notes a message; False where the broker is away."""
        if not self.away:
            self.waiting.append((task, arguments))
        return not self.away

    def work(self, until: Callable[[], object] = lambda: False) -> None:
        """Does what was sent, to the end, or until a condition holds."""
        while self.waiting and not until():
            task, arguments = self.waiting.pop(0)
            task(*arguments)


@pytest.fixture
def hands(db: None, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Chunks of three, no waiting between passes or for circuits, and messages that this test does itself."""
    made = Hands()

    def send_chunk(chunk_id: int, number: int, claim: int, sources: list[str]) -> bool:
        sent = [made.take(fetching.fetch, chunk_id, number, source) for source in sources]
        return all(sent) and made.take(saving.save, chunk_id, number, claim)

    monkeypatch.setattr(transaction, "on_commit", lambda send: send())  # a test's own never commits
    monkeypatch.setattr(dispatch, "send_plan", lambda run_id: made.take(planner.plan, run_id))
    monkeypatch.setattr(dispatch, "send_chunk", send_chunk)
    monkeypatch.setattr(conf, "RUN_CHUNK", 3)
    monkeypatch.setattr(conf, "RUN_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(conf, "BREAKER_OPEN_SECONDS", 0.05)
    # What a circuit does not let through is waited for, for so long.
    monkeypatch.setattr(conf, "RUN_PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(conf, "BACKOFF_FIRST_SECONDS", 0.01)
    return made


@pytest.fixture
def crowd(fake_sources: Fakes) -> list[str]:
    """Seven people whom every source knows, Maria among them; in the order of their lists."""
    cpfs = sorted([people.MARIA, *(_cpf(number) for number in range(1, 7))])
    for name, fake in fake_sources.items():
        for number, cpf in enumerate(cpfs):
            fake.people[cpf] = person(name, cpf, number)
    return cpfs


def _cpf(number: int) -> str:
    first_nine = f"{number * 111_222:09d}"
    return first_nine + check_digits(first_nine)


def person(source: str, cpf: str, number: int) -> dict[str, Any]:
    """A source's item about somebody, like nobody else's."""
    return people.answer_of(source, cpf) | ({"name": f"Pessoa {number}"} if source != "capa" else {})


def night(hands: Hands) -> RunStatus:
    """A whole refresh, worked off."""
    run_id = runs.refresh(owner="user:1")
    finish(hands, run_id)
    return runs.status(run_id)


def die_of(hands: Hands, dossier_id: int) -> None:
    """Works, but who works on a chunk that has that dossier dies of it, as its parent sees."""
    while hands.waiting:
        task, arguments = hands.waiting.pop(0)
        is_chunk = len(arguments) > 1
        if is_chunk and Chunk.objects.filter(pk=arguments[0], dossier_ids__contains=[dossier_id]):
            passes.note_death(arguments[0], arguments[1])
        else:
            task(*arguments)


def finish(hands: Hands, run_id: int) -> None:
    """Works, and sweeps, until the run has ended."""
    ends = time.monotonic() + 20.0
    while time.monotonic() < ends:
        hands.work()
        if Run.objects.get(pk=run_id).finished_at:
            return
        sweeper.sweep_runs()
        if not hands.waiting:
            time.sleep(0.01)  # what Redis lost, being slow for a moment, is sent again a second later
    chunks = list(Chunk.objects.filter(run=run_id).values("number", "state", "claims", "lost", "lease_until"))
    raise AssertionError(f"not over: {runs.status(run_id)}, {chunks}")


def migration(name: str) -> Any:
    """A migration's module, whatever its number."""
    (found,) = Path(migrations.__path__[0]).glob(f"[0-9]*_{name}.py")
    return import_module(f"orchestrator.migrations.{found.stem}")


def lock_out(cpf: str) -> int:
    """Somebody whose key is wrapped by a master key that the settings lack; gives the dossier's id."""
    dossier = Dossier.objects.get(cpf_lookup=envelopes.lookup(cpf))
    key_id, rest = b"k-of-old", bytes(dossier.data_key)[2 + bytes(dossier.data_key)[1] :]
    dossier.data_key = bytes((1, len(key_id))) + key_id + rest
    dossier.save(update_fields=["data_key"])
    return dossier.pk


def let_in(cpf: str) -> None:
    """The master key is back."""
    dossier = Dossier.objects.get(cpf_lookup=envelopes.lookup(cpf))
    (key_id,) = KeyInUse.objects.filter(role="master").values_list("key_id", flat=True)
    rest = bytes(dossier.data_key)[2 + bytes(dossier.data_key)[1] :]
    dossier.data_key = bytes((1, len(key_id))) + key_id.encode() + rest
    dossier.save(update_fields=["data_key"])


def erase(cpf: str) -> None:
    """Somebody whose key was destroyed."""
    Dossier.objects.filter(cpf_lookup=envelopes.lookup(cpf)).update(data_key=b"")
