"""`manage.py night`: the run that holds up a night which is owed, if there is one; `ops/status` says it."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.timezone import localtime

from portal.access import runs


class Command(BaseCommand):
    """Prints one line where a night waits, and nothing where none does."""

    help = "Prints which run a night that is owed waits for; nothing where none waits."

    def handle(self, *args: Any, **options: Any) -> None:
        held_up = runs.held_up()
        if held_up is None:
            return
        since = f" since {localtime(held_up.paused_at):%Y-%m-%d %H:%M}" if held_up.paused_at else ""
        resume = f"; to go on: manage.py run resume {held_up.id}" if held_up.paused_at else ""
        self.stdout.write(
            f"the night of {held_up.waiting_night} waits for run {held_up.id}, {held_up.state}{since}{resume}"
        )
