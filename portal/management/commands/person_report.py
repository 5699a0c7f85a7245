"""`manage.py person_report [CPF]`: all that is held about a person, as JSON."""

import argparse
from typing import Any

import orjson
from django.core.management.base import CommandError

from orchestrator.errors import InvalidInput
from portal.access import dossiers, persons
from portal.management.telling import READER, TellingCommand, asked_cpf
from portal.payloads import person_json


class Command(TellingCommand):
    """Prints the report, also where nothing is held; it is recorded as a report."""

    help = (
        "Prints as JSON what is held about a person: all versions, who asked for what, who looked in the "
        "last six months. Leave the CPF out to be asked for it, or give - and write it to the standard "
        "input: an argument stands in the list of processes and in the shell's history."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("cpf", nargs="?", default="-", metavar="CPF", help="or - for the standard input")

    def handle(self, *args: Any, cpf: str, **options: Any) -> None:
        try:
            told = persons.report(READER, asked_cpf() if cpf == "-" else cpf)
        except InvalidInput as error:
            raise CommandError(str(error)) from None
        document = person_json.report(told, dossiers.sources())
        self.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
