"""`manage.py dossier CPF --purpose …`: one dossier from the terminal, as the API would answer it."""

import argparse
import sys
from time import monotonic, sleep
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from orchestrator import dossiers
from orchestrator.dossiers import Accepted, FetchStatus, InvalidInput, Purpose, RequestStatus
from portal.api import answers

_OWNER = "terminal"
_POLL_SECONDS = 0.1
_GRACE_SECONDS = 60  # beyond the deadline, for a sweeper that is itself being restarted
_EXIT_CODES = {"complete": 0, "partial": 3, "failed": 4, "cancelled": 5}


class Command(BaseCommand):
    """Asks, shows each source's progress on stderr, prints the dossier as JSON on stdout."""

    help = (
        "Builds one dossier with live progress per source and prints it as JSON. "
        "Ctrl-C cancels it. Exit status: 0 complete, 3 partial, 4 failed, 5 cancelled."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("cpf", help="11 digits, with or without punctuation; - reads it from stdin")
        parser.add_argument("--purpose", required=True, choices=list(Purpose))
        parser.add_argument("--fresh", action="store_true", help="ask the sources even where a copy is kept")
        parser.add_argument(
            "--allow-invalid-check-digits", action="store_true", help="do not warn about wrong check digits"
        )

    def handle(self, *args: Any, cpf: str, **options: Any) -> None:
        accepted = self._ask(sys.stdin.readline() if cpf == "-" else cpf, options)
        try:
            ended = self._follow(accepted)
        except KeyboardInterrupt:
            dossiers.cancel(accepted.request_id, owner=_OWNER)
            ended = dossiers.status(accepted.request_id)
        view = dossiers.load(accepted.dossier_id)
        document = answers.dossier(view, dossiers.sources())
        self.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        self._say(f"{ended.state}: version {ended.snapshot_version}, {ended.outcome or 'nothing saved'}")
        sys.exit(_EXIT_CODES[ended.state])

    def _ask(self, cpf: str, options: dict[str, Any]) -> Accepted:
        """Wrong check digits are warned of, not refused: who types a command means it."""
        ask = {"cpf": cpf, "purpose": options["purpose"], "fresh": options["fresh"], "owner": _OWNER}
        try:
            return dossiers.request(**ask, allow_invalid_check_digits=options["allow_invalid_check_digits"])
        except InvalidInput as error:
            if error.code != "check_digits":
                raise CommandError(f"{error.field}: {error.message}") from None
        self._say("warning: the CPF's check digits do not match; asking all the same")
        return dossiers.request(**ask, allow_invalid_check_digits=True)

    def _follow(self, accepted: Accepted) -> RequestStatus:
        shown: dict[str, str] = {}
        give_up = monotonic() + _GRACE_SECONDS
        while True:
            current = dossiers.status(accepted.request_id)
            for fetch in current.sources:
                line = _line(fetch)
                if shown.get(fetch.source) != line:
                    shown[fetch.source] = line
                    self._say(line)
            if current.finished:
                return current
            if monotonic() > give_up + (current.deadline_at - current.requested_at).total_seconds():
                raise CommandError("the request is past its deadline and nobody ends it: is the stack up?")
            sleep(_POLL_SECONDS)

    def _say(self, line: str) -> None:
        self.stderr.write(line, style_func=str)


def _line(fetch: FetchStatus) -> str:
    parts = [f"{fetch.source:<8}{fetch.state:<14}attempt {fetch.attempts} of {fetch.max_attempts}"]
    parts += [f"from {fetch.origin}"] if fetch.origin else []
    parts += [f"because of {fetch.error_code}"] if fetch.error_code else []
    return "  ".join(parts)
