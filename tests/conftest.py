"""Fixtures that several suites share. The engines are real; only the sources' answers are told."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import pytest
from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from ops.service.env import select_settings
from tests.fakes import people
from tests.fakes.source import FakeSource, serving
from tests.migrated import copy_from_template
from tests.stack import FOR_FAULTS, Analyst, Stack, running

if worker := os.environ.get("PYTEST_XDIST_WORKER", ""):
    # Workers side by side share the engines and nothing in them: here a Redis of its own for each, while
    # pytest-django gives each a database. MongoDB's are a process's own anyway (tests/unit/sources).
    redis = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = urlunsplit(redis._replace(path=f"/{1 + int(worker.removeprefix('gw'))}"))
# How long an example takes says how busy the machine is.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")
select_settings()
django.setup()  # before any test module imports models

_NAMES = ("alpha", "beta", "capa")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """pytest-django asks for this before it makes a database."""
    with django_db_blocker.unblock():
        copy_from_template()


@pytest.fixture(scope="session", autouse=True)
def _an_emptied_database_is_as_installed() -> None:
    """The one row that a migration writes is there, and new, also in a copy and after a test that commits."""
    if not apps.is_installed("orchestrator"):
        return

    def _install(sender: AppConfig, **_: object) -> None:
        if sender.label == "orchestrator":
            installation = apps.get_model("orchestrator", "Installation")
            installation.objects.all().delete()
            installation.objects.create()

    post_migrate.connect(_install, weak=False)  # Django sends it after a flush too


@pytest.fixture(autouse=True)
def register_of_erasures(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The register of erasures that a test writes is its own, as its database is: for others it names
    nobody."""
    path = tmp_path_factory.getbasetemp() / "erasures.jsonl"
    monkeypatch.setenv("ERASURE_REGISTER", str(path))
    yield path
    path.unlink(missing_ok=True)


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
