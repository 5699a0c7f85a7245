"""`manage.py retry_request REQUEST_ID`: asks again for what failed, and follows it as `dossier` does."""

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from orchestrator.errors import Busy, NotFound, NothingToRetry
from portal.access import dossiers
from portal.management import following
from portal.management.telling import READER


class Command(following.FollowingCommand):
    """Makes a new request for the sources of an ended one that failed."""

    help = (
        "Asks again for the sources of a request that failed, with live progress, and prints the dossier as "
        f"JSON. Ctrl-C cancels it. {following.EXIT_STATUSES}"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("request_id", type=following.request_id, help="as `manage.py dossier` prints it")

    def handle(self, *args: Any, request_id: UUID, **options: Any) -> None:
        try:
            accepted = dossiers.retry(READER, request_id)
        except (NotFound, NothingToRetry) as error:
            raise CommandError(f"{request_id}: {error}") from None
        except Busy as busy:
            raise following.put_off(busy) from None
        self.follow(accepted)
