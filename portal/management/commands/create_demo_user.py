"""A login for trying the portal out."""

import os
from argparse import ArgumentParser

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError


class Command(BaseCommand):
    """Makes the user, or gives it the password again; safe to run twice."""

    help = "Makes a portal user whose password is in DEMO_PASSWORD; safe to run twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The user's name."""
        parser.add_argument("username")

    def handle(self, *args: object, username: str, **options: object) -> None:
        """The password comes by the environment: arguments are visible to everyone on the machine."""
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("DEMO_PASSWORD is not set. Give the user's password in the environment.")
        user, _ = get_user_model().objects.get_or_create(username=username)
        if not user.check_password(password):  # a new hash would end the sessions that are open
            user.set_password(password)
            user.save(update_fields=["password"])
