"""`manage.py verify_access_log`: whether the record of access is whole."""

from django.core.management import BaseCommand, CommandError

from portal.access.audit import anchoring

_SHOWN = 20


class Command(BaseCommand):
    """Checks every record and every anchor; says what is wrong, and ends with 1 where something is."""

    help = (
        "Reads the whole record of access: whether each record says what it said, follows the one before it, "
        "and still stands where a signed anchor saw it. Ends with status 1 where it is not whole."
    )

    def handle(self, *args: object, **options: object) -> None:
        """CommandError where the record is not whole."""
        checked, faults = anchoring.check()
        for fault in faults[:_SHOWN]:
            where = f"{fault.month:%Y-%m}, chain {fault.chain}, position {fault.position}"
            self.stderr.write(f"{fault.kind}: {where}")
        if faults:
            raise CommandError(f"{len(faults)} faults: the record of access is not what it was.")
        dropped = ", ".join(f"{month:%Y-%m}" for month in checked.dropped)
        self.stdout.write(
            f"{checked.records} records in {len(checked.months)} months, {checked.anchors} anchors: all whole"
            + (f"; dropped when they were old: {dropped}" if dropped else "")
        )
