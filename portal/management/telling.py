"""What all commands share that ask the orchestrator: they tell the person at the terminal, also what stands
in their way."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.dossiers import Unreadable
from orchestrator.runs import Forgotten


class TellingCommand(BaseCommand):
    """A command whose stdout is its result's: what it tells goes to stderr."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """As Django's; what can be read no more, or a key that is missing, is told in a sentence."""
        try:
            return super().execute(*args, **options)
        except (Unreadable, Forgotten) as error:
            raise CommandError(str(error)) from None

    def say(self, line: str, ending: str = "\n") -> None:
        """Tells the person at the terminal."""
        self.stderr.write(line, style_func=str, ending=ending)
