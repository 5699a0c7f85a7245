"""Creates an API client and prints its credentials, the only time that they can be read."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.scopes import get_scopes_backend

from ops.service.models import ApiClient


class Command(BaseCommand):
    """`create_api_client NAME --scope read --scope write` prints one JSON object on stdout."""

    help = "Creates a machine client of this service and prints its client_id and client_secret once."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME, and one or more scopes."""
        parser.add_argument("name", help="who the client is, for people who read the list of clients")
        parser.add_argument("--scope", action="append", required=True, help="may be given several times")

    def handle(self, *args: Any, name: str, scope: list[str], **options: Any) -> None:
        """Saves the client; CommandError where a scope is not one of this service's."""
        scopes = sorted({each for group in scope for each in group.split()})
        known = get_scopes_backend().get_all_scopes()
        if unknown := [each for each in scopes if each not in known]:
            raise CommandError(f"Unknown scope: {', '.join(unknown)}. This service has: {', '.join(known)}.")
        secret: str = generate_client_secret()
        client = ApiClient.objects.create(
            name=name,
            allowed_scopes=" ".join(scopes),
            client_type=ApiClient.CLIENT_CONFIDENTIAL,
            authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
            client_secret=secret,  # saving hashes it
        )
        self.stdout.write(json.dumps({"client_id": client.client_id, "client_secret": secret}))
