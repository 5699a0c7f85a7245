"""`manage.py create_demo_users`: one account of each kind, for trying the portal out."""

import json
import os

from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError

from portal.access.accounts import people
from portal.access.readers import at_terminal


class Command(BaseCommand):
    """Makes the accounts, or gives them their passwords again; safe to run twice."""

    help = (
        "Makes the accounts that DEMO_ACCOUNTS holds: a JSON list of objects with username, password, role "
        "and team. By the environment, since arguments are visible to everyone on the machine."
    )

    def handle(self, *args: object, **options: object) -> None:
        """CommandError where DEMO_ACCOUNTS is not set."""
        given = os.environ.get("DEMO_ACCOUNTS", "")
        if not given:
            raise CommandError("DEMO_ACCOUNTS is not set. Give the accounts in the environment.")
        for account in json.loads(given):
            name, password = account["username"], account["password"]
            user = User.objects.filter(username=name).first()
            if user is None:
                roles, team = [account["role"]], account["team"]
                people.create(at_terminal(), name, password=password, roles=roles, team=team)
                continue
            people.give_roles(at_terminal(), user, [account["role"]])
            people.join(at_terminal(), user, account["team"])
            if not user.check_password(password):  # a new hash would end the sessions that are open
                user.set_password(password)
                user.save(update_fields=["password"])
