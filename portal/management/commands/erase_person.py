"""`manage.py erase_person [CPF] --reason …`: nothing that is kept of a person can be read any more."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from orchestrator.errors import InvalidInput, NotFound, UnknownKey
from portal.access import persons
from portal.management.telling import READER, asked_cpf


class Command(BaseCommand):
    """Erases at once, whatever is under way; safe to run again where it was broken off."""

    help = (
        "Erases a person: destroys their dossier's key, and clears away what runs and copies hold of them."
        " The sources' own stores are the sources'. A CPF that is given as an argument stands in the list of"
        " processes and in the shell's history: leave it out to be asked for it, or give - and write it to"
        " the standard input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cpf", nargs="?", default="-", metavar="CPF", help="or - for the standard input")
        parser.add_argument("--reason", required=True, help="kept with the erasure, without the CPF")

    def handle(self, *args: Any, **options: Any) -> None:
        cpf = options["cpf"] if options["cpf"] != "-" else asked_cpf()
        try:
            erased = persons.erase(READER, cpf, reason=options["reason"])
        except (InvalidInput, NotFound, UnknownKey, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"Dossier {erased.dossier_id} was erased at {erased.erased_at:%Y-%m-%d %H:%M:%S} UTC."
        )
        self.stdout.write("Removed:")
        for kind, number in erased.removed.items():
            self.stdout.write(f"  {number} {_WORDS.get(kind, kind)}")
        self.stdout.write("What stands, and until when:")
        for each in erased.stands:
            until = f"until {each.until:%Y-%m-%d}" if each.until else "for good"
            how_many = "" if each.number is None else f"{each.number} "
            self.stdout.write(f"  {how_many}{_WORDS.get(each.kind, each.kind)}, {until}: {each.why}")
        if not erased.finished:
            self.stderr.write(
                "Redis is away: copies there, which nobody can read, are deleted by the sweeper."
            )


_WORDS = {
    "versions": "versions, their content",
    "decisions": "decisions and notes, their text",
    "builds": "requests under way, ended",
    "payloads": "answers of requests under way",
    "chunks": "parts of runs under way that held the CPF",
    "copies": "kept copies of answers",
    "file_names": "names of files of lists that the person was in",
    "requests": "requests",
    "version_hashes": "hashes of versions",
    "decision_dates": "dates and authors of decisions and notes",
    "access_records": "records of access",
    "tombstone": "tombstone",
}
