"""`manage.py create_user NAME --role …`: an account for somebody, with roles and a team."""

import secrets
import sys
from argparse import ArgumentParser
from getpass import getpass

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.db import IntegrityError

from portal.access.accounts import people
from portal.access.readers import at_terminal
from portal.access.roles import ROLES


class Command(BaseCommand):
    """Makes the account; a password is asked for, or read from stdin, or made and printed once."""

    help = (
        "Makes an account. Its password is asked for at a terminal, and else read from stdin; with "
        "--generate one is made and printed, the only time that it can be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what they log in with")
        parser.add_argument(
            "--role", action="append", required=True, choices=list(ROLES), help="may be given several times"
        )
        parser.add_argument("--team", default="", help="whose dossiers they see; made where there is none")
        parser.add_argument("--generate", action="store_true", help="make a password, and print it once")

    def handle(
        self, *args: object, name: str, role: list[str], team: str, generate: bool, **options: object
    ) -> None:
        """CommandError where the name is taken, or the password is refused."""
        password = secrets.token_urlsafe(15) if generate else _asked()
        try:
            people.create(at_terminal(), name, password=password, roles=role, team=team)
        except ValidationError as refused:
            raise CommandError("The password is refused. " + " ".join(refused.messages)) from None
        except IntegrityError:
            raise CommandError(f"There is an account {name!r} already.") from None
        self.stdout.write(password if generate else f"{name}: {', '.join(role)}{team and f' of {team}'}")


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if password != getpass("Again: "):
        raise CommandError("The two are not the same: nothing was made.")
    return password
