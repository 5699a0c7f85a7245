"""The sources that a dossier asks, one line each, in the order in which pages show them."""

from functools import cache

from orchestrator.clients import alpha, beta, capa
from orchestrator.clients.http import HttpClient
from orchestrator.clients.protocol import Client
from orchestrator.records import Source

SOURCES: tuple[Source, ...] = (
    alpha.SOURCE,
    beta.SOURCE,
    capa.SOURCE,
)


def by_name() -> dict[str, Source]:
    """The registered sources by their names."""
    return {source.name: source for source in SOURCES}


@cache
def client(name: str) -> Client:
    """The one client of a source in this process: it pools connections."""
    return HttpClient(by_name()[name])
