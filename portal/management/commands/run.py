"""`manage.py run watch|pause|resume|cancel|retry RUN_ID`: on with a run that was started before."""

import argparse
from typing import Any

from django.core.management.base import CommandError

from orchestrator.errors import NotFound, NothingToRetry
from portal.access import runs
from portal.management.telling import READER
from portal.management.watching import EXIT_STATUSES, Output, WatchingCommand, add_output

_STEERING = {"pause": runs.pause, "resume": runs.resume, "cancel": runs.cancel}


class Command(WatchingCommand):
    """Steers a run, and says its state; or watches one, or a retry of it, to its end."""

    help = (
        "Watches a run, or asks again for what failed in one and watches that, with live progress, and "
        "prints how it ended as JSON; or pauses, resumes or cancels one and prints its state. "
        f"Ctrl-C leaves it running. {EXIT_STATUSES}"
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=["watch", "retry", *_STEERING])
        parser.add_argument("run_id", type=int)
        add_output(parser)

    def handle(self, *args: Any, action: str, run_id: int, output: Output | None, **options: Any) -> None:
        try:
            if steer := _STEERING.get(action):
                steer(READER, run_id)
                self.stdout.write(runs.status(READER, run_id).state)
                return
            watched = runs.retry_failed(READER, run_id) if action == "retry" else run_id
            ended = self.watch(watched)
        except (NotFound, NothingToRetry) as error:
            raise CommandError(f"run {run_id}: {error}") from None
        self.write_results(run_id, output)
        self.end(ended)
