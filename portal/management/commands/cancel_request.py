"""`manage.py cancel_request REQUEST_ID`: takes an ask of the terminal's back."""

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from orchestrator.errors import NotFound
from portal.access import dossiers
from portal.management import following
from portal.management.telling import READER


class Command(BaseCommand):
    """Ends a request at once; says how it stands, which is as it ended where it had ended before."""

    help = (
        "Takes back a request that was made from the terminal; the work goes on only while another request "
        "waits for it. Prints the request's state: one that has ended already stays as it ended."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("request_id", type=following.request_id, help="as `manage.py dossier` prints it")

    def handle(self, *args: Any, request_id: UUID, **options: Any) -> None:
        try:
            dossiers.cancel(READER, request_id)
        except NotFound as error:
            hint = "Only requests made from the terminal can be cancelled from it."
            raise CommandError(f"{request_id}: {error} {hint}") from None
        self.stdout.write(dossiers.status(READER, request_id).state)
