"""Fixtures that several suites share. The engines are real; only the sources' answers are told."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.fakes import people
from tests.fakes.source import FakeSource, serving

_NAMES = ("alpha", "beta", "capa")


@pytest.fixture
def fake_sources(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, FakeSource]]:
    """Three programmable sources on real ports, which all know Maria; the orchestrator asks them."""
    from django.core.cache import cache

    from orchestrator.clients import registry

    cache.clear()
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
    cache.clear()
