"""`manage.py refresh`: the nightly run, now."""

import argparse
from typing import Any

from portal.access import runs
from portal.management.telling import READER
from portal.management.watching import EXIT_STATUSES, WatchingCommand


class Command(WatchingCommand):
    """Starts the run, or joins the active one, and stays with it."""

    help = (
        "Refreshes everybody's dossier, or joins the refresh that is under way, with live progress, and "
        f"prints how it ended as JSON. Ctrl-C leaves it running. {EXIT_STATUSES}"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--detach", action="store_true", help="only start it, and print its id")

    def handle(self, *args: Any, detach: bool, **options: Any) -> None:
        run_id = runs.refresh(READER)
        if detach:
            self.stdout.write(str(run_id))
        else:
            self.end(self.watch(run_id))
