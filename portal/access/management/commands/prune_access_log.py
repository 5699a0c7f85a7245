"""`manage.py prune_access_log`: drops the months of the record of access that are past their period."""

from datetime import timedelta

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import ProgrammingError
from django.utils.timezone import localdate

from portal.access.audit import anchoring


class Command(BaseCommand):
    """Run with the owner's role: the application's may not. Each month leaves signed anchors."""

    help = "Drops whole months of the record of access past ACCESS_RECORD_DAYS. For the owner's role alone."

    def handle(self, *args: object, **options: object) -> None:
        """CommandError where the role may not."""
        last = (localdate() - timedelta(days=settings.ACCESS_RECORD_DAYS)).replace(day=1)
        old = [month for month in anchoring.months() if month < last]
        for month in old:
            try:
                records = anchoring.drop(month)
            except ProgrammingError:
                raise CommandError("This role may not. Give the owner's DATABASE_URL.") from None
            self.stdout.write(f"{month:%Y-%m}: {records} records dropped")
        if not old:
            self.stdout.write("Nothing is past its period.")
