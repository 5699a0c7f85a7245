"""What the breaker's tests share: a circuit that opens soon, and calls that fail."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from orchestrator import conf
from orchestrator.clients import gates
from orchestrator.errors import CircuitOpen, Postponed, ServerError, SourceError
from orchestrator.models import DossierRequest
from orchestrator.records.conditions import Circuit
from tests.integration.orchestrator.conftest import Fakes
from tests.stack import eventually

Ask = Callable[..., DossierRequest]
SOURCE = "alpha"
OPEN_SECONDS = 0.4


@pytest.fixture(autouse=True)
def _small(fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A circuit that few calls open, and not for long."""
    monkeypatch.setattr(conf, "BREAKER_FEWEST_CALLS", 4)
    monkeypatch.setattr(conf, "BREAKER_CALLS", 8)
    monkeypatch.setattr(conf, "BREAKER_OPEN_SECONDS", OPEN_SECONDS)
    monkeypatch.setattr(conf, "BACKOFF_FIRST_SECONDS", 0.0)


@pytest.fixture
def die(_small: None) -> Iterator[Callable[[], None]]:
    """Begins a call as a process does that dies amid it: nothing is heard of it while the test lasts."""
    with ExitStack() as unended:
        yield lambda: unended.enter_context(gates.passing(SOURCE))


def call(error: SourceError | None = None) -> None:
    """One call that ends so."""
    with gates.passing(SOURCE):
        if error:
            raise error


def passes() -> bool:
    try:
        call()
    except (CircuitOpen, Postponed):
        return False
    return True


def fail(times: int, error: type[SourceError] = ServerError) -> None:
    """So many calls that fail."""
    for _ in range(times):
        with pytest.raises(error):
            call(error())


def circuit() -> Circuit:
    return gates.gate(SOURCE).circuit


def half_open() -> None:
    """The circuit has opened and its pause is over."""
    fail(4)
    eventually(circuit, until=lambda now: now is Circuit.HALF_OPEN, seconds=5)
