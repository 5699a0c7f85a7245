"""What the commands share that follow a request: live progress on stderr, the dossier on stdout."""

import argparse
import sys
from collections.abc import Iterator
from time import monotonic, sleep
from typing import NoReturn
from uuid import UUID

import orjson
from django.core.management.base import CommandError

from orchestrator.errors import Busy
from orchestrator.records.requests import Accepted, RequestStatus
from portal.access import dossiers
from portal.management.telling import EXIT_CODES, READER, TellingCommand
from portal.payloads import dossier_json

EXIT_STATUSES = "Exit status: 0 complete, 3 partial, 4 failed, 5 cancelled."
_POLL_SECONDS = 0.1
_GRACE_SECONDS = 60  # beyond the deadline, for a sweeper that is itself being restarted


def request_id(text: str) -> UUID:
    """An argument that names a request."""
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the id of a request, which is a UUID such as"
            " 0198c5a2-7b1e-4d3f-9a60-5c1d2e3f4a5b; `manage.py dossier` prints it when it starts."
        ) from None


class FollowingCommand(TellingCommand):
    """A command that accepts an ask and stays with it until it ends. Ctrl-C takes the ask back."""

    def follow(self, accepted: Accepted) -> NoReturn:
        """Shows each source's progress, prints the dossier as JSON, and exits by how the request ended."""
        self.say(f"request {accepted.request_id}")
        try:
            ended = self._wait(accepted)
        except KeyboardInterrupt:
            dossiers.cancel(READER, accepted.request_id)
            ended = dossiers.status(READER, accepted.request_id)
        document = dossier_json.dossier(dossiers.load(READER, accepted.dossier_id), dossiers.sources())
        self.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        self.say(f"{ended.state}: version {ended.snapshot_version}, {ended.outcome or 'nothing saved'}")
        if ended.state in ("partial", "failed"):
            self.say(f"to ask again for what failed: manage.py retry_request {ended.request_id}")
        sys.exit(EXIT_CODES[ended.state])

    def _wait(self, accepted: Accepted) -> RequestStatus:
        shown: dict[str, str] = {}
        give_up = monotonic() + _GRACE_SECONDS
        while True:
            current = dossiers.status(READER, accepted.request_id)
            for subject, line in _lines(current):
                if shown.get(subject) != line:
                    shown[subject] = line
                    self.say(line)
            if current.finished:
                return current
            if monotonic() > give_up + (current.deadline_at - current.requested_at).total_seconds():
                raise CommandError("the request is past its deadline and nobody ends it: is the stack up?")
            sleep(_POLL_SECONDS)


def put_off(busy: Busy) -> CommandError:
    """What a command says that is not accepted now."""
    return CommandError(f"{busy} Try again in {busy.retry_after} s.")


def _lines(current: RequestStatus) -> Iterator[tuple[str, str]]:
    """What is told of a request, each line under what it is about."""
    if current.waiting:
        tens = 10 * (1 + current.waiting.expected_seconds // 10)  # a line every ten seconds is enough
        yield "turn", f"waits for its turn, for about {tens} s"
    for fetch in current.sources:
        parts = [f"{fetch.source:<8}{fetch.state:<14}attempt {fetch.attempts} of {fetch.max_attempts}"]
        parts += [f"from {fetch.origin}"] if fetch.origin else []
        parts += [f"because of {fetch.error_code}"] if fetch.error_code else []
        yield fetch.source, "  ".join(parts)
