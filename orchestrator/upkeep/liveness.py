"""Does each worker still consume? A process that is alive need not be at work.

Every worker notes itself, and answers what the sweeper asks over the queue that is the worker's
alone. Who leaves a question unanswered too long, while the broker takes new ones, is silent, and is
named to who may kill it on its own host (ops/decisions/0007).
"""

import os
import socket
import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Coalesce, Now

from orchestrator import conf, dispatch
from orchestrator.models import Worker

_FORGOTTEN_AFTER = timedelta(hours=1)
looked_at = float("-inf")  # when this process last looked for silent workers, by the monotonic clock


def note_started(name: str) -> None:
    """Notes this process as the worker of that name; safe to run twice."""
    Worker.objects.update_or_create(
        name=name,
        defaults={
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started_at": Now(),
            "proved_at": Now(),
            "asked_at": None,
        },
    )


def note_stopped(name: str) -> None:
    """A worker that stops in order is not missed."""
    Worker.objects.filter(name=name, host=socket.gethostname(), pid=os.getpid()).delete()


def note_proof(worker_id: int) -> None:
    """The worker has consumed what only it could consume."""
    Worker.objects.filter(pk=worker_id).update(proved_at=Now(), asked_at=None)


def ask_all() -> None:
    """Asks each worker, now and then, to prove itself.

    Where the broker takes no question nobody can answer: the unanswered ones are taken back.
    """
    Worker.objects.filter(asked_at__lt=Now() - _FORGOTTEN_AFTER).delete()
    due = Now() - timedelta(seconds=conf.WORKER_ASKED_SECONDS)
    for worker in Worker.objects.filter(proved_at__lt=due):
        if not dispatch.ask_to_prove(worker.pk, worker.name):
            Worker.objects.update(asked_at=None)
            return
        Worker.objects.filter(pk=worker.pk).update(asked_at=Coalesce(F("asked_at"), Now()))


def replace_silent(kill: Callable[[str, int], None]) -> None:
    """Has the workers of this host killed, by name and pid, that have long not answered.

    Who could not look for a while (PostgreSQL was away) asks anew first: nobody could answer either.
    """
    global looked_at
    if time.monotonic() > looked_at + conf.WORKER_SILENT_SECONDS:
        Worker.objects.update(asked_at=None)
    silent = Now() - timedelta(seconds=conf.WORKER_SILENT_SECONDS)
    for worker in Worker.objects.filter(host=socket.gethostname(), asked_at__lt=silent):
        kill(worker.name, worker.pid)
        Worker.objects.filter(pk=worker.pk, pid=worker.pid).delete()
    looked_at = time.monotonic()
