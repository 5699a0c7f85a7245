"""`manage.py build-list FILE --purpose …`: the dossiers of a list of CPFs, from the terminal."""  # noqa: N999 (as it is typed)

import argparse
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from orchestrator.errors import InvalidInput, NothingToRetry
from orchestrator.records.requests import Purpose
from orchestrator.records.runs import ListRows, NoGoodRow, RejectedLine
from portal.access import runs
from portal.management.telling import READER
from portal.management.watching import EXIT_STATUSES, Output, WatchingCommand, add_output
from portal.presenting import refusals

_SHOWN = 20
_BAD_ROWS = 3


class Command(WatchingCommand):
    """Starts a run over the list, tells its bad rows, stays with it, and writes what became of whom."""

    help = (
        "Builds the dossiers of a list (CSV or XLSX with a column `cpf`) with live progress, and prints how "
        f"it ended as JSON. Ctrl-C leaves it running. {EXIT_STATUSES} A bad row makes a complete one partial."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--purpose", required=True, choices=list(Purpose))
        parser.add_argument(
            "--sheet",
            default="",
            help="the worksheet, where more than one that is visible has a column `cpf`",
        )
        parser.add_argument(
            "--allow-invalid-check-digits", action="store_true", help="build CPFs with wrong check digits too"
        )
        parser.add_argument(
            "--retry-failed", action="store_true", help="ask once more, at the end, for what failed"
        )
        add_output(parser)

    def handle(
        self, *args: Any, file: Path, retry_failed: bool, output: Output | None, **options: Any
    ) -> None:
        count = None if options["verbosity"] > 1 else _SHOWN
        run_id = self._upload(file, options, count)
        rows = runs.status(READER, run_id).rows or ListRows()
        self._tell(run_id, rows, count)
        ended = self.watch(run_id)
        if retry_failed:
            with suppress(NothingToRetry):
                ended = self.watch(runs.retry_failed(READER, run_id))
        self.write_results(run_id, output)
        self.end(ended, exit_code=_BAD_ROWS if rows.rejected else 0)

    def _upload(self, path: Path, options: dict[str, Any], count: int | None) -> int:
        try:
            with path.open("rb") as file:
                return runs.upload(
                    READER,
                    file,
                    purpose=options["purpose"],
                    allow_invalid_check_digits=options["allow_invalid_check_digits"],
                    sheet=options["sheet"],
                    file_name=path.name,
                )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except InvalidInput as error:
            if isinstance(error, NoGoodRow):
                self._tell_rows(error.rejected, error.number, count)
            raise CommandError(f"{path}: {refusals.refusal(error)}") from None

    def _tell(self, run_id: int, rows: ListRows, count: int | None) -> None:
        """Says what became of the rows, and so many of those that are not built."""
        if rows.sheet:
            self.say(f"worksheet: {rows.sheet}")
        self.say(f"{rows.accepted:,} rows are built, {rows.restored:,} of them with lost zeros put back")
        if not_built := rows.rejected + rows.duplicates:
            self.say(f"{rows.rejected:,} bad rows, {rows.duplicates:,} repetitions:")
            self._tell_rows(runs.rejected_lines(READER, run_id), not_built, count)

    def _tell_rows(self, rejected: Iterable[RejectedLine], number: int, count: int | None) -> None:
        """The first `count` of so many rows that are not built."""
        for row in islice(rejected, count):
            self.say(f"  line {row.line}: {refusals.row_refusal(row)}")
        if count is not None and number > count:
            self.say(f"  and {number - count:,} more; --verbosity 2 shows all")
