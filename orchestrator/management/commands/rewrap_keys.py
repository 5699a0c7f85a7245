"""`manage.py rewrap_keys`: data keys under the current master key, and older ones out of use."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orchestrator.errors import InvalidInput, UnknownKey
from orchestrator.sealing import rotation


class Command(BaseCommand):
    """Wraps in small steps, while everything runs; goes on where an earlier one was stopped."""

    help = "Wraps every dossier's key under the current master key, and tells what older ones are needed by."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--retire", metavar="ID", help="ends the use of an older key, if nothing needs it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        looked_at = rewrapped = 0
        try:
            for step in rotation.rewrap():
                looked_at, rewrapped = looked_at + step.looked_at, rewrapped + step.rewrapped
                for dossier_id in step.unreadable:
                    self.stderr.write(f"dossier {dossier_id} cannot be read: what is kept was altered")
                self.stderr.write(f"{looked_at} dossiers looked at, {rewrapped} wrapped anew")
            if retired := options["retire"]:
                rotation.retire(retired)
                self.stdout.write(
                    f"{retired} is retired: take it out of MASTER_KEYS, and keep it with the backups."
                )
        except (InvalidInput, UnknownKey) as error:
            raise CommandError(str(error)) from None
        for key_id, uses in sorted(rotation.needed().items()):
            told = ", ".join(f"{what}: {number}" for what, number in sorted(uses.items()))
            self.stdout.write(f"{key_id}: {told}")
