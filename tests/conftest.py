"""Fixtures that several suites share. The engines are real; only the sources' answers are told."""

from collections.abc import Iterator
from contextlib import ExitStack

import django
import pytest

from ops.service.env import select_settings
from tests.fakes import people
from tests.fakes.source import FakeSource, serving
from tests.stack import FOR_FAULTS, Analyst, Stack, running

select_settings()
django.setup()  # before any test module imports models

_NAMES = ("alpha", "beta", "capa")


@pytest.fixture
def fake_sources(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, FakeSource]]:
    """Three programmable sources on real ports, which all know Maria; the orchestrator asks them."""
    from orchestrator import cache
    from orchestrator.clients import registry

    monkeypatch.setattr(cache, "_away_until", 0.0)  # an earlier test may have been without Redis
    cache.redis().flushdb()
    registry.client.cache_clear()
    with ExitStack() as stack:
        fakes = {name: stack.enter_context(serving(FakeSource(name))) for name in _NAMES}
        for name, fake in fakes.items():
            fake.people[people.MARIA] = people.answer_of(name, people.MARIA)
            monkeypatch.setenv(f"SOURCE_{name.upper()}_URL", fake.url)
            monkeypatch.setenv(f"SOURCE_{name.upper()}_CLIENT_ID", "orchestrator")
            monkeypatch.setenv(f"SOURCE_{name.upper()}_CLIENT_SECRET", "secret")
        yield fakes
    registry.client.cache_clear()
    cache.redis().flushdb()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole system with real engines, workers and supervision; started once for all tests."""
    with running(tmp_path_factory.mktemp("stack"), FOR_FAULTS) as running_stack:
        yield running_stack


@pytest.fixture(scope="session")
def analyst(stack: Stack) -> Analyst:
    """A machine client with every scope of the portal's API."""
    return Analyst(stack, stack.session("portal"))
