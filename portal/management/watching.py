"""Starting a run from a command: progress on stderr, its end as JSON on stdout, results as a file."""

import argparse
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import get_terminal_size
from tempfile import NamedTemporaryFile
from time import monotonic, sleep
from typing import NoReturn

import orjson
from django.core.management.base import CommandError
from django.utils.timezone import localtime
from django.utils.translation import get_language

from orchestrator.records.runs import RunStatus
from portal.access import runs
from portal.exports import files
from portal.management.telling import EXIT_CODES, READER, TellingCommand
from portal.payloads import run_json

EXIT_STATUSES = "Exit status: 0 complete, 3 partial, 4 failed, 5 cancelled, 130 left by Ctrl-C."
_LEFT = 130  # as a shell tells of a program that Ctrl-C ended
_POLL_SECONDS = 1.0
_LINE_SECONDS = 5.0  # between two lines where lines cannot be written over
_BAR = 24


@dataclass(frozen=True, kw_only=True)
class Output:
    """A path whose ending tells the format."""

    path: Path

    def write(self, run_id: int) -> None:
        """Puts the whole file in its place, or nothing; for its owner's eyes only. Raises OSError."""
        with NamedTemporaryFile(dir=self.path.parent, prefix=f".{self.path.name}.", delete=False) as file:
            try:
                file.writelines(files.content(READER, run_id, self.path.suffix[1:], get_language()))
                os.replace(file.name, self.path)
            except BaseException:
                os.unlink(file.name)
                raise


def output(text: str) -> Output:
    """An argument that names the file; refused before anything else is done if it cannot be written."""
    path = Path(text)
    if path.suffix[1:] not in files.FORMATS:
        known = ", ".join(f".{ending}" for ending in files.FORMATS)
        raise argparse.ArgumentTypeError(f"{text!r} does not end in one of {known}")
    if not os.access(path.parent, os.W_OK) or path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written")
    return Output(path=path)


class WatchingCommand(TellingCommand):
    """A command that stays with a run until it ends. Ctrl-C leaves the run alone."""

    def watch(self, run_id: int) -> RunStatus:
        """Shows a run's progress until it ends; gives how it ended. Ctrl-C ends the command, not the run."""
        self.say(f"run {run_id}")
        try:
            return self._wait(run_id)
        except KeyboardInterrupt:
            self.say(f"\nrun {run_id} goes on. To watch it again: manage.py run watch {run_id}")
            self.say(f"To end it: manage.py run cancel {run_id}")
            sys.exit(_LEFT)

    def end(self, ended: RunStatus, *, exit_code: int = 0) -> NoReturn:
        """Prints how a run ended, and exits by it; by `exit_code` where it is complete."""
        named = runs.file_names(READER, [ended])
        self.stdout.write(
            orjson.dumps(run_json.run_status(ended, named.get(ended.id)), option=orjson.OPT_INDENT_2).decode()
        )
        if ended.can_retry:
            self.say(f"to ask again for what failed: manage.py run retry {ended.id}")
        sys.exit(EXIT_CODES[ended.state] or exit_code)

    def write_results(self, run_id: int, to: Output | None) -> None:
        """Writes what became of whom into a file, if one was asked for."""
        if to is None:
            return
        try:
            to.write(run_id)
        except OSError as error:
            raise CommandError(f"{to.path}: {error.strerror}; the run has ended all the same") from None
        self.say(f"results: {to.path}")

    def _wait(self, run_id: int) -> RunStatus:
        is_terminal, width, told_at = self.stderr.isatty(), get_terminal_size().columns, float("-inf")
        while True:
            current = runs.status(READER, run_id)
            if is_terminal:
                self.say(f"\r\x1b[K{line(current)[: width - 1]}", ending="\n" if current.finished else "")
            elif current.finished or monotonic() - told_at >= _LINE_SECONDS:
                told_at = monotonic()
                self.say(line(current))
            if current.finished:
                return current
            sleep(_POLL_SECONDS)


def line(status: RunStatus) -> str:
    """A run's progress in one line."""
    done = status.totals.done
    filled = _BAR * done // status.total if status.total else 0
    parts = [f"[{'#' * filled:·<{_BAR}}] {done:,}/{status.total:,}{'+' if status.planning else ''}"]
    if status.per_second is not None:
        parts.append(f"{status.per_second:,.0f}/s")
    if status.seconds_left is not None and not status.planning:
        minutes, seconds = divmod(round(status.seconds_left), 60)
        parts.append(f"{minutes // 60}:{minutes % 60:02}:{seconds:02} left")
    told = [f"{count:,} {name}" for name, count in asdict(status.totals).items() if count]
    lists = [] if status.finished else _lists_not_read(status)
    if told:
        parts.append(", ".join(told))
    elif not lists:
        parts.append("nothing done yet")
    parts += lists
    if status.erased:
        parts.append(f"{status.erased:,} left out (erased)")
    if status.state != "running":
        parts.append(status.state + _pause(status))
    return "  ".join(parts)


def _lists_not_read(status: RunStatus) -> list[str]:
    """Which sources' lists could not be read, why, and when they are tried again; those alike together."""
    alike: dict[str, list[str]] = {}
    for source in status.sources:
        if source.list_error_code:
            told = f"{source.list_error_code}, try {source.list_tries} of {source.list_max_tries}"
            if at := source.list_next_try_at:
                told += f", next at {localtime(at):%H:%M:%S}"
            alike.setdefault(told, []).append(source.source)
    return [f"list of {', '.join(names)}: {told}" for told, names in alike.items()]


def _pause(status: RunStatus) -> str:
    if status.resume_at is not None:
        return f" until {localtime(status.resume_at):%H:%M:%S} because of {', '.join(status.paused_for)}"
    since = f" since {localtime(status.paused_at):%d/%m %H:%M}" if status.paused_at else ""
    night = f"; the night of {status.waiting_night} waits for it" if status.waiting_night else ""
    return since + night


def add_output(parser: argparse.ArgumentParser) -> None:
    """An argument for the file of the results."""
    parser.add_argument("--output", type=output, help="a file for the results: .csv, .xlsx or .jsonl")
