"""`manage.py sweep`: the sweeper's process; runs until it is told to stop (SIGTERM, SIGINT)."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, close_old_connections

from ops.service.env import stack_dir
from ops.service.serving import workers
from orchestrator import conf, persons
from orchestrator.clients.registry import by_name
from orchestrator.errors import NotReplayed, UnknownKey
from orchestrator.sealing import keys
from orchestrator.upkeep import sweeper

_LAST_ROUND_SECONDS = 8.0

log = structlog.get_logger(__name__)


class Loop(threading.Thread):
    """Does one kind of round again and again, and outlives a database that is away.

    What else a round raises is a defect: it ends the process, which is then started anew.
    """

    def __init__(self, work: Callable[[], object], every: float, stop: threading.Event) -> None:
        super().__init__(name=work.__name__, daemon=True)
        self._work, self._every, self._stop_asked = work, every, stop
        self.done_at = time.monotonic()
        self.defect = False

    def run(self) -> None:
        """Until it is told to stop."""
        try:
            while not self._stop_asked.wait(self._every):
                self._round()
        except Exception:
            log.exception("sweeper.defect")
            self.defect = True
            self._stop_asked.set()

    def _round(self) -> None:
        structlog.contextvars.bind_contextvars(loop=self.name)
        close_old_connections()
        try:
            self._work()
        except Error as error:
            log.warning("sweeper.database_away", reason=type(error).__name__)
        self.done_at = time.monotonic()


def sweep() -> bool:
    """A round that also looks after the workers of this host."""
    return sweeper.sweep(kill=workers.kill)


class Command(BaseCommand):
    """Sweeps every few seconds, and apart from that, oftener, ends what is overdue."""

    help = "Ends what is overdue; sends again and finishes whatever the queue lost. Runs until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: stop.set())
        conf.require(by_name())
        _require_keys()
        log.info("sweeper.started", every_seconds=conf.SWEEP_SECONDS)
        loops = [
            Loop(sweeper.end_overdue, conf.ENDING_SECONDS, stop),
            Loop(sweep, conf.SWEEP_SECONDS, stop),
        ]
        for loop in loops:
            loop.start()
        proved_at = time.monotonic()
        while not stop.wait(conf.SWEEP_SECONDS):
            if all(loop.done_at > proved_at for loop in loops):
                proved_at = time.monotonic()
                _prove()
        for loop in loops:
            loop.join(_LAST_ROUND_SECONDS)
        if any(loop.defect for loop in loops):
            raise CommandError("a round failed; the log has where")


def _require_keys() -> None:
    """What a restored database lacks of the erasures is replayed here: this process may, and shows nobody."""
    try:
        try:
            keys.require_at_start()
        except NotReplayed:
            persons.replay()
            keys.require_at_start()
    except (UnknownKey, ImproperlyConfigured) as error:
        raise CommandError(str(error)) from None


def _prove() -> None:
    """Each kind of round was done since last time: for who supervises this process, as a sweeper that is
    alive need not sweep (`sweeper.alive`)."""
    with suppress(OSError):  # there need not be such a folder
        (stack_dir() / "sweeper.alive").touch()
