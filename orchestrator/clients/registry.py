"""The sources that a dossier asks, one line each, in the order in which pages show them."""

from functools import cache
from importlib import import_module

from orchestrator.clients.http import HttpClient
from orchestrator.clients.protocol import Client
from orchestrator.records.sources import Source

_MODULES = (
    "orchestrator.clients.alpha",
    "orchestrator.clients.beta",
    "orchestrator.clients.capa",
)

SOURCES: tuple[Source, ...] = tuple(import_module(module).SOURCE for module in _MODULES)


def by_name() -> dict[str, Source]:
    """The registered sources by their names."""
    return {source.name: source for source in SOURCES}


@cache
def client(name: str) -> Client:
    """The one client of a source in this process: it pools connections."""
    return HttpClient(by_name()[name])
