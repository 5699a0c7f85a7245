"""The language of what a command tells of lists and people."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

ENGLISH = "en"


class SpeakingCommand(BaseCommand):
    """A command whose reasons and files are in a language that is chosen; in English unless told."""

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Adds the choice to what a command takes besides."""
        parser = super().create_parser(prog_name, subcommand, **options)
        known = [code for code, _ in settings.LANGUAGES]
        parser.add_argument(
            "--lang", choices=known, default=ENGLISH, help="of reasons and of the results' file"
        )
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Does the command's work in that language."""
        with translation.override(options["lang"]):
            return super().execute(*args, **options)
