"""`manage.py close_user NAME`: an account that shall log in no more."""

from argparse import ArgumentParser

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError

from portal.access.accounts import people
from portal.access.readers import at_terminal


class Command(BaseCommand):
    """Closes the account; what it did stays on record. Safe to run twice."""

    help = "Closes an account: it logs in no more and leaves its team. Nothing of it is deleted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what they log in with")

    def handle(self, *args: object, name: str, **options: object) -> None:
        """CommandError where there is no such account."""
        user = User.objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no account {name!r}.")
        people.close(at_terminal(), user)
        self.stdout.write(f"{name} is closed")
