"""`manage.py rehash_lookups`: dossiers found by the first lookup key, and older ones out of use."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orchestrator.errors import InvalidInput, UnknownKey
from orchestrator.upkeep import rehashing


class Command(BaseCommand):
    """Hashes in small steps, while everything runs; goes on where an earlier one was stopped."""

    help = (
        "Hashes every CPF by the first of LOOKUP_KEYS, and tells what older keys are needed by. Give the new"
        " key to every process first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--retire",
            metavar="ID",
            help="ends the use of an older key, if nothing needs it; LOOKUP_KEY has no id but that name",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        dossiers = versions = 0
        try:
            for step in rehashing.rehash():
                dossiers, versions = dossiers + step.dossiers, versions + step.versions
                for dossier_id in step.unreadable:
                    self.stderr.write(f"dossier {dossier_id} cannot be read: what is kept was altered")
                self.stderr.write(f"{dossiers} dossiers and {versions} versions hashed anew")
            if retired := options["retire"]:
                rehashing.retire("" if retired == rehashing.named("") else retired)
                self.stdout.write(
                    f"{retired} is retired: take it out of the settings, and keep it with the backups."
                )
        except (InvalidInput, UnknownKey) as error:
            raise CommandError(str(error)) from None
        for key_id, uses in sorted(rehashing.needed().items()):
            told = ", ".join(f"{what}: {number}" for what, number in sorted(uses.items()))
            self.stdout.write(f"{rehashing.named(key_id)}: {told}")
