"""The sources that a dossier asks, one line each, in the order in which pages show them; what is relied on of
each, whatever speaks to it; and whether all that they declare can be read."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from django.core.checks import CheckMessage, Error

from ops.service.env import env
from orchestrator import hosts
from orchestrator.clients.http import HttpClient
from orchestrator.clients.parsing import answers
from orchestrator.clients.parsing.answers import Listing
from orchestrator.errors import BadAnswer
from orchestrator.records.dossiers import Block
from orchestrator.records.sources import Source


class SourceClient(Protocol):
    """Asks one source about people; the tests' fake and the HTTP client hold the same contract."""

    source: Source

    def fetch(self, cpfs: Sequence[str]) -> Mapping[str, Block | BadAnswer]:
        """For each CPF asked (1 to 1000) a block, found or not found, or why its part cannot be used.

        Safe to run twice. Raises a SourceError, which says whether trying again makes sense.
        """

    def fetch_raw(self, cpfs: Sequence[str]) -> bytes:
        """The same answer as it came, for `answers.by_cpf`; likewise."""

    def cpfs(self, cursor: str, limit: int) -> Listing:
        """Some of all CPFs that the source knows, from a cursor on ("": the start); likewise."""


_MODULES = (
    "orchestrator.clients.alpha",
    "orchestrator.clients.beta",
    "orchestrator.clients.capa",
)

SOURCES: tuple[Source, ...] = tuple(import_module(module).SOURCE for module in _MODULES)


def by_name() -> dict[str, Source]:
    """The registered sources by their names."""
    return {source.name: source for source in SOURCES}


def in_order(names: Iterable[str]) -> list[str]:
    """Names of sources as pages show them: the registered ones in their order, then what is registered no
    more."""
    given = dict.fromkeys(names)
    known = [source.name for source in SOURCES if source.name in given]
    return [*known, *(name for name in given if name not in known)]


@cache
def client(name: str) -> SourceClient:
    """The one client of a source in this process: it pools connections."""
    return HttpClient(by_name()[name])


def check(app_configs: Any, **_more: Any) -> list[CheckMessage]:
    """Whether all sources can be read, and are where a source may be, told before anything starts.

    Django's system checks `orchestrator.E001` and `E002`; `apps` registers them. A source whose address is
    not given yet passes: workers refuse to start without.
    """
    found: list[CheckMessage] = []
    for source in SOURCES:
        try:
            answers.Parser(source)
        except (ValueError, TypeError) as error:
            told = f"The source {source.name} declares what cannot be read: {error}."
            found.append(Error(told, id="orchestrator.E001"))
        setting = f"SOURCE_{source.name.upper()}_URL"
        if (url := env.str(setting, default="")) and (why_not := hosts.refusal(url)):
            found.append(Error(f"{setting} {why_not}.", id="orchestrator.E002"))
    return found
