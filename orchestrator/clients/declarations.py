"""Whether all that the sources declare can be read: told before anything starts."""

from typing import Any

from django.core.checks import CheckMessage, Error

from orchestrator.clients import registry
from orchestrator.clients.parsing import answers


def check(app_configs: Any, **_more: Any) -> list[CheckMessage]:
    """Django's system check `orchestrator.E001`; `apps` registers it."""
    found: list[CheckMessage] = []
    for source in registry.SOURCES:
        try:
            answers.Parser(source)
        except (ValueError, TypeError) as error:
            told = f"The source {source.name} declares what cannot be read: {error}."
            found.append(Error(told, id="orchestrator.E001"))
    return found
