"""What all commands share that ask the orchestrator: they tell the person at the terminal, also what stands
in their way."""

import getpass
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from orchestrator.errors import Forgotten, Unreadable
from portal.access.readers import at_terminal

ENGLISH = "en"
READER = at_terminal()
EXIT_CODES = {"complete": 0, "partial": 3, "failed": 4, "cancelled": 5}


class TellingCommand(BaseCommand):
    """A command whose stdout is its result's: what it tells goes to stderr. Reasons, and files of results,
    are in a language that is chosen; in English unless told."""

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Adds the choice to what a command takes besides."""
        parser = super().create_parser(prog_name, subcommand, **options)
        known = [code for code, _ in settings.LANGUAGES]
        parser.add_argument(
            "--lang", choices=known, default=ENGLISH, help="of reasons and of the results' file"
        )
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        """As Django's; what can be read no more, or a key that is missing, is told in a sentence."""
        try:
            with translation.override(options["lang"]):
                return super().execute(*args, **options)
        except (Unreadable, Forgotten) as error:
            raise CommandError(str(error)) from None

    def say(self, line: str, ending: str = "\n") -> None:
        """Tells the person at the terminal."""
        self.stderr.write(line, style_func=str, ending=ending)


def asked_cpf() -> str:
    """A CPF that is typed unseen at a terminal, or else stands in the first line of the standard input."""
    return getpass.getpass("CPF: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
