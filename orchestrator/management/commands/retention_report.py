"""`manage.py retention_report`: what retention has deleted, day by day."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from orchestrator.upkeep import retention


class Command(BaseCommand):
    """One JSON object a day."""

    help = "What was deleted because its time was over: a line of JSON for each day, the newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="how many days at most (30)")

    def handle(self, *args: Any, **options: Any) -> None:
        for report in retention.reports(options["days"]):
            told = {"day": f"{report.day}", "rounds": report.rounds, "deleted": report.deleted}
            self.stdout.write(json.dumps(told))
