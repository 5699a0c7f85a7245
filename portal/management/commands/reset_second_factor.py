"""`manage.py reset_second_factor NAME`: for who lost their app and their recovery codes."""

from argparse import ArgumentParser

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError

from portal.signing import sessions


class Command(BaseCommand):
    """Forgets app and recovery codes, and ends the sessions that were opened with them. Safe to run twice."""

    help = "Forgets somebody's app and recovery codes and ends their sessions; the password stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The user's name."""
        parser.add_argument("username")

    def handle(self, *args: object, username: str, **options: object) -> None:
        """CommandError where there is no such account."""
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError("There is no account of that name.")
        Authenticator.objects.filter(user=user).delete()
        sessions.end_all(user.pk)
        self.stdout.write("Done: the next login asks for the password alone, or leads to the set-up.")
