"""`manage.py dossier CPF --purpose …`: one dossier from the terminal, as the API would answer it."""

import argparse
import sys
from typing import Any

from django.core.management.base import CommandError

from orchestrator.errors import Busy, InvalidInput
from orchestrator.records.requests import Accepted, Purpose
from portal.access import dossiers
from portal.management.following import EXIT_STATUSES, FollowingCommand, put_off
from portal.management.telling import READER
from portal.presenting import refusals


class Command(FollowingCommand):
    """Asks, shows each source's progress on stderr, prints the dossier as JSON on stdout."""

    help = (
        "Builds one dossier with live progress per source and prints it as JSON. "
        f"Ctrl-C cancels it. {EXIT_STATUSES}"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("cpf", help="11 digits, with or without punctuation; - reads it from stdin")
        parser.add_argument("--purpose", required=True, choices=list(Purpose))
        parser.add_argument("--fresh", action="store_true", help="ask the sources even where a copy is kept")
        parser.add_argument(
            "--allow-invalid-check-digits", action="store_true", help="do not warn about wrong check digits"
        )

    def handle(self, *args: Any, cpf: str, **options: Any) -> None:
        try:
            accepted = self._ask(sys.stdin.readline() if cpf == "-" else cpf, options)
        except Busy as busy:
            raise put_off(busy) from None
        self.follow(accepted)

    def _ask(self, cpf: str, options: dict[str, Any]) -> Accepted:
        """Wrong check digits are warned of, not refused: who types a command means it."""
        ask = {"cpf": cpf, "purpose": options["purpose"], "fresh": options["fresh"]}
        try:
            return dossiers.request(
                READER, **ask, allow_invalid_check_digits=options["allow_invalid_check_digits"]
            )
        except InvalidInput as error:
            if error.code != "check_digits":
                raise CommandError(f"{error.field}: {refusals.refusal(error)}") from None
        self.say("warning: the CPF's check digits do not match; asking all the same")
        return dossiers.request(READER, **ask, allow_invalid_check_digits=True)
