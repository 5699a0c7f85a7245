"""`manage.py sweep`: the sweeper's process; runs until it is told to stop (SIGTERM, SIGINT)."""

import signal
import threading
from contextlib import suppress
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, close_old_connections

from ops.service.env import stack_dir
from orchestrator import conf, keys, sweeper
from orchestrator.clients.registry import by_name
from orchestrator.sealing import UnknownKey

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Sweeps every few seconds; outlives a database that is away."""

    help = "Sends again, finishes and ends whatever the queue lost. Runs until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: stop.set())
        conf.require(by_name())
        try:
            keys.require_at_start()
        except UnknownKey as error:
            raise CommandError(str(error)) from None
        log.info("sweeper.started", every_seconds=conf.SWEEP_SECONDS)
        while not stop.wait(conf.SWEEP_SECONDS):
            _sweep_once()
            _prove()


def _prove() -> None:
    """For who supervises this process: a sweeper that is alive need not sweep (`sweeper.alive`)."""
    with suppress(OSError):  # there need not be such a folder
        (stack_dir() / "sweeper.alive").touch()


def _sweep_once() -> None:
    close_old_connections()
    try:
        sweeper.sweep()
    except Error as error:
        log.warning("sweeper.database_away", reason=type(error).__name__)
