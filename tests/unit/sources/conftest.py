"""What the tests of the three sources share. Run with SERVICE=alpha, beta or capa."""

import os
from collections.abc import Iterator
from importlib import import_module, reload

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import clear_url_caches
from mongoengine.connection import disconnect, get_db

from sources.common import mongo
from sources.common.drill.state import OFF, SWITCH
from tests.unit.sources.api import Api
from tests.unit.sources.drill import Clock, Drilled

MONGO_URL: str | None = getattr(settings, "MONGO_URL", None)  # Alpha has none


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """Puts MongoDB, where the source uses it, into a database of its own, dropped at the end."""
    if MONGO_URL is None:
        yield
        return
    mongo.connect(MONGO_URL, f"test_{os.environ['SERVICE']}_{os.getpid()}")
    yield
    get_db().client.drop_database(get_db().name)
    disconnect()


@pytest.fixture(autouse=True)
def _store(db: None) -> Iterator[None]:
    """Every test begins with an empty store."""
    yield
    if MONGO_URL is not None:
        for name in get_db().list_collection_names():
            get_db()[name].delete_many({})


@pytest.fixture
def api() -> Api:
    """A client that may read and write."""
    return Api("read", "write")


@pytest.fixture
def reader() -> Api:
    """A client that may only read."""
    return Api("read")


@pytest.fixture
def mongodb_away() -> Iterator[None]:
    """MongoDB at an address where nothing listens."""
    database = get_db().name
    mongo.connect("mongodb://127.0.0.1:1/", database)
    yield
    mongo.connect(str(MONGO_URL), database)


@pytest.fixture
def drilled(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drilled]:
    """The source as FAULT_DRILL=1 starts it, and a clock that only moves when it is told to."""
    clock = Clock()
    monkeypatch.setattr(SWITCH, "clock", clock)
    with override_settings(
        FAULT_DRILL=True,
        ALLOWED_HOSTS=["localhost"],
        MIDDLEWARE=[*settings.MIDDLEWARE, "sources.common.drill.middleware.Misbehaviour"],
    ):
        _read_routes()
        api.http = Client(raise_request_exception=False, SERVER_NAME="localhost")
        yield Drilled(api=api, clock=clock)
    SWITCH.turn(OFF)
    _read_routes()


def _read_routes() -> None:
    reload(import_module(settings.ROOT_URLCONF))
    clear_url_caches()
