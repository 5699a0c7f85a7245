"""`manage.py replay_erasures`: after a restore, before anything starts."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from orchestrator import conf, persons
from orchestrator.errors import UnknownKey


class Command(BaseCommand):
    """Brings the database up to the register of erasures, and the register up to the database."""

    help = (
        "Erases whom the register of erasures (ERASURE_REGISTER) names and the database does not know as"
        " erased, as one that was restored from a backup. Safe to run at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            replayed, written = persons.replay(), persons.register_again()
        except (UnknownKey, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{replayed} erasures of {conf.erasure_register()} were replayed.")
        if written:
            self.stdout.write(f"{written} that the register lacked were written into it.")
